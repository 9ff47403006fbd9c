import { type ChildProcess, spawn } from 'node:child_process'

/** Reads which processes there are. At the end of its input, which the harness's death brings too, it kills them and removes the files. */
const guard = `
pids= keep=
while read -r word pid; do
  case $word in
    watch) pids="$pids $pid" ;;
    forget) left=; for one in $pids; do [ "$one" = "$pid" ] || left="$left $one"; done; pids=$left ;;
    keep) keep=1 ;;
  esac
done
[ -z "$pids" ] || kill -KILL $pids 2> /dev/null
# What they write until they are gone would keep the files there.
for pid in $pids; do
  tries=100
  while [ $tries -gt 0 ] && kill -0 $pid 2> /dev/null; do tries=$((tries - 1)); sleep 0.05; done
done
[ -n "$keep" ] || rm -rf -- "$1"
`

/** Sees that the processes of a round do not outlive the harness, not even those that are stopped, and that no files are left. */
export class WorkerGuard implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #ended: Promise<void>

  /** @param directory Removed in the end. */
  constructor(directory: string) {
    // In a group of its own: Ctrl-C in the terminal would end it before it has done its work.
    this.#process = spawn('/bin/sh', ['-c', guard, 'guard', directory], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
    this.#ended = new Promise((resolve) => this.#process.once('exit', () => resolve()))
  }

  watch(pid: number): void {
    this.#process.stdin?.write(`watch ${pid}\n`)
  }

  forget(pid: number): void {
    this.#process.stdin?.write(`forget ${pid}\n`)
  }

  /** Leaves the files there. */
  keepFiles(): void {
    this.#process.stdin?.write('keep\n')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin?.end()
    await this.#ended
  }
}
