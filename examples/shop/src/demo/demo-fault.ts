/** Something that stops the demo and that its user can do something about: shown as a message, without a stack. */
export class DemoFault extends Error {
  override readonly name = 'DemoFault'
}
