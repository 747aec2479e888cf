export { AttributionConfigError } from './policy/config-error.ts'
export type { BaggageOptions, JudgingOptions } from './setup/config.ts'
export { AttributionLogRecordProcessor } from './runtime/judging/attribution-log-record-processor.ts'
export type { AttributedLogRecord } from './runtime/judging/attribution-log-record-processor.ts'
export { AttributionSpanExporter } from './attribution-span-exporter.ts'
export { AttributionSpanProcessor } from './attribution-span-processor.ts'
export { attribution } from './setup/attribution.ts'
export type { AttributionOptions } from './setup/attribution.ts'
export type { DecryptionOptions, SigningOptions } from './setup/carrier-config.ts'

export { asAgent, bindAttribution, decided, declareAutonomous, onBehalfOf, via } from './runtime/binding/bind.ts'
export type { Autonomous, OnBehalfOf } from './runtime/binding/bind.ts'
export type { IdentityInput } from './runtime/binding/identity-input.ts'
export { currentAttribution } from './runtime/binding/binding.ts'
export type { WorkSpanOptions } from './runtime/binding/work-span.ts'
export { carry, resume } from './runtime/crossing/carrier.ts'
export type { CarryOptions, ResumeOptions } from './runtime/crossing/carrier.ts'
export { carryEncrypted, openCarrier } from './runtime/crossing/encrypted-carrier.ts'
export type { EncryptOptions } from './runtime/crossing/encrypted-carrier.ts'
export { attributeMcpClient, attributeMcpServer } from './mcp/attribute-mcp.ts'
export { flush } from './runtime/health/flush.ts'
export { bindingOf } from './deciding/call.ts'
export type { BoundCallInput, CallInput, Resource } from './deciding/call.ts'
export type {
  AskDecision,
  Asking,
  DecisionAnswer,
  DecisionPoint,
  DecisionRequest,
  DecisionSaid,
  NotEvaluated,
} from './deciding/point.ts'
export { authzen } from './deciding/authzen.ts'
export type { AuthzenOptions, AuthzenResponse } from './deciding/authzen.ts'
export { opa } from './deciding/opa.ts'
export type { OpaOptions } from './deciding/opa.ts'
export type { HeadersOf, RemoteOptions } from './deciding/post-json.ts'
export { action } from './runtime/judging/action.ts'
export type { Action } from './runtime/judging/action.ts'
export { decide } from './runtime/judging/decide.ts'
export type { DecideRequest } from './runtime/judging/decide.ts'
export { AttributionError, guard } from './runtime/judging/guard.ts'
export type { Need } from './runtime/judging/guard.ts'
export type { ToolAct } from './runtime/judging/tool-act.ts'
export { credentialOf } from './trust/tokens/credential.ts'
export { tokenVerifier } from './token-verifier.ts'
export { TokenError } from './trust/tokens/token-error.ts'
export type { ExpectedToken, TokenVerifier } from './trust/tokens/token-verifier.ts'
export type { TokenVerifierOptions } from './trust/tokens/verifier-options.ts'
export type { VerifiedIdentity } from './trust/tokens/verified-identity.ts'
export { attributedTool } from './tools/attributed-tool.ts'

export type {
  Actor,
  AgentSpanKind,
  Assurance,
  Attribution,
  Authority,
  Credential,
  Decision,
  DecisionTerms,
  Declaration,
  ExecutionContext,
  Facet,
  Intent,
  Outcome,
  Principal,
  Verdict,
} from './model/attribution.ts'
export type { FindingCode, Severity } from './model/finding.ts'
export type { TokenIssuer } from './policy/token-issuer.ts'
export type { AdmitOptions, BoundaryOptions, PolicyOptions, PolicyRuleOptions, Profile } from './policy/policy.ts'
