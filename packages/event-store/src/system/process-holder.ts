import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { newId, type Runtime } from '@tidings/core'
import type { Holder } from '../ledger/tables.ts'

/** This process, as the ledger names the holder of a lease. */
export function processHolder(runtime: Runtime): Holder {
  return { instance: newId(runtime), host: processSpace(), pid: process.pid, machine: hostname() }
}

/** Whether the process of a holder is seen to be gone: it was on this machine and is not there any more. */
export function isProcessGone(holder: Holder): boolean {
  if (holder.host !== processSpace()) return false
  try {
    process.kill(holder.pid, 0)
    return false
  } catch (error) {
    // EPERM means that it is there and belongs to someone else.
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}

/** Where process ids mean something: one boot of one machine, and within it one namespace, for containers share the machine. */
function processSpace(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
}
