import { AsyncResource } from 'node:async_hooks'
import type { Message, Transport } from './sdks.ts'

interface End extends Transport {
  start(): Promise<void>
  onclose?: () => void
}

/**
 * Two ends of a pipe. As with the streams of a process, whatever comes in runs where the connection was opened, and not
 * where it was sent.
 */
export function pipe(): readonly [Transport, Transport] {
  const near = end(() => far)
  const far: End = end(() => near)
  return [near, far]
}

function end(other: () => End): End & { deliver(message: Message): void } {
  let opened: AsyncResource | undefined
  const waiting: Message[] = []
  const here = {
    start: async () => {
      opened = new AsyncResource('pipe')
      for (const message of waiting.splice(0)) here.deliver(message)
    },
    deliver: (message: Message) => {
      if (opened === undefined) waiting.push(message)
      else setImmediate(() => opened?.runInAsyncScope(() => (here as End).onmessage?.(message)))
    },
    send: async (message: Message) => {
      const text = JSON.stringify(message)
      ;(other() as ReturnType<typeof end>).deliver(JSON.parse(text) as Message)
    },
    close: async () => {
      ;(here as End).onclose?.()
    },
  }
  return here
}
