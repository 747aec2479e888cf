import 'reflect-metadata'
import { Controller, Module, Post, Req, UseInterceptors } from '@nestjs/common'
import { userOf } from './audience.ts'
import type { Asked } from './audience.ts'
import type { Act } from './recipes.ts'

/** A module with one controller. Its decorators are called by hand: nothing here compiles any. */
export function nestModule(act: Act, interceptors: readonly unknown[] = []): new () => object {
  class Asking {
    async ask(request: Asked): Promise<string> {
      await act(userOf(request))
      return 'ok'
    }
  }
  const method = Object.getOwnPropertyDescriptor(Asking.prototype, 'ask')
  Post('ask')(Asking.prototype, 'ask', method)
  Req()(Asking.prototype, 'ask', 0)
  UseInterceptors(...interceptors)(Asking.prototype, 'ask', method)
  Controller()(Asking)
  const Root = function Root() {} as unknown as new () => object
  Module({ controllers: [Asking] })(Root)
  return Root
}
