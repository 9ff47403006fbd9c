import { reserved } from '../../collections.ts'

/** Why a handler reaches no collection of this name; undefined where it does. */
export function nameFault(name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '' || /[$\0]/.test(name) || name.startsWith('.') || name.endsWith('.'))
    return 'it is no name for a collection of this database'
  if (name.startsWith(reserved)) return `names that begin with ${reserved} are Tidings' own`
  return name.startsWith('system.') ? "names that begin with system. are the server's own" : undefined
}
