import { createJudge } from '../../judge/judge.ts'
import type { Judge } from '../../judge/judge.ts'
import { judgeName } from '../../judge/stamp.ts'
import type { StampOptions } from '../../judge/stamp.ts'
import { VERSION } from '../../model/version.ts'
import { guarded } from '../health/fault.ts'
import { createInstruments } from '../health/metrics.ts'
import { processState } from '../health/process-state.ts'
import { defaultSettings } from '../health/settings.ts'
import type { Settings } from '../health/settings.ts'

/** The judge of this process, made once from the settings and used wherever its spans are seen. */
export class LiveJudge {
  readonly settings: Settings
  judge: Judge
  /** Judges effects that haven't happened yet. What it sees doesn't count as the use of a credential. */
  judgeAhead: Judge
  readonly stampOptions: StampOptions

  constructor(settings: Settings) {
    const { policy } = settings
    this.settings = settings
    this.judge = createJudge(policy)
    this.judgeAhead = createJudge(policy)
    this.stampOptions = { ...settings, judgeName: judgeName(VERSION, policy.digest) }
  }

  /** Forgets whom each credential was used for, as if the process had just started. */
  forget(): void {
    this.judge = createJudge(this.settings.policy)
    this.judgeAhead = createJudge(this.settings.policy)
  }
}

/** Starts a live judge that counts its spans and that `guard` uses from now on. Never throws. */
export function startLiveJudge(settings: Settings): LiveJudge {
  const judge = new LiveJudge(settings)
  state.current = judge
  guarded('metrics', 'the instruments could not be made', () => createInstruments(settings), undefined)
  return judge
}

/** The live judge that was started last, or one with the default settings. */
export function currentLiveJudge(): LiveJudge {
  return (state.current ??= new LiveJudge(defaultSettings()))
}

interface State {
  current: LiveJudge | undefined
}

const state = processState<State>('live judge', () => ({ current: undefined }))
