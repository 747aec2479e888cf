import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

/** Its governance calls every check an agent run, so the hook that was checked is looked at first. */
export const uipath: Vendor = {
  name: 'uipath',
  defined: 'https://github.com/UiPath/uipath-runtime-python',
  marks: [
    { key: 'uipath_governance.hook', forms: [[/^/u, 'guardrail']] },
    { key: 'span_type', onlyWith: { keys: ['uipath.custom_instrumentation'] }, ...kinds() },
  ],
  decisions: [
    {
      key: 'uipath_governance.evaluator_result',
      of: 'act',
      policy: ['uipath_governance.policy_id', 'uipath_governance.rule_name'],
      trial: { key: 'uipath_governance.mode', value: 'AUDIT' },
    },
  ],
}
