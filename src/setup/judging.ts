import { useCarriers } from '../runtime/crossing/signed-carrier.ts'
import { startLiveJudge } from '../runtime/judging/live-judge.ts'
import type { LiveJudge } from '../runtime/judging/live-judge.ts'
import type { Config } from './config.ts'

/**
 * Judges by a configuration that says nothing about propagation but in variables and the policy. Where these say nothing
 * about signed carriers, what `attribution()` set up stays.
 */
export function startJudging(config: Config): LiveJudge {
  const { signing, boundary } = config.carriers
  if (signing !== undefined || boundary.admitsAny) useCarriers(config.carriers)
  return startLiveJudge(config)
}
