import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const agenta: Vendor = {
  name: 'agenta',
  defined: 'https://github.com/Agenta-AI/agenta',
  marks: [{ key: 'ag.type.node', ...kinds({ query: 'retriever' }) }],
  keys: { user: ['ag.user.id'], conversation: ['ag.session.id'] },
}
