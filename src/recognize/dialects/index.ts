import { a2a } from './a2a.ts'
import { ag2 } from './ag2.ts'
import { agentAuthorization } from './agent-authorization.ts'
import { agentGovernance } from './agent-governance.ts'
import { agent365 } from './agent365.ts'
import { agenta } from './agenta.ts'
import { agentgateway } from './agentgateway.ts'
import { agentops } from './agentops.ts'
import { agentscope } from './agentscope.ts'
import { agentuniverse } from './agentuniverse.ts'
import { agno } from './agno.ts'
import { agntcy } from './agntcy.ts'
import { apolloMcpServer } from './apollo-mcp-server.ts'
import { arcade } from './arcade.ts'
import { archestra } from './archestra.ts'
import { autoagents } from './autoagents.ts'
import { autogen } from './autogen.ts'
import { awsDistro } from './aws-distro.ts'
import { azureAiAgents } from './azure-ai-agents.ts'
import { basalt } from './basalt.ts'
import { bedrockAgentcore } from './bedrock-agentcore.ts'
import { bifrost } from './bifrost.ts'
import { braintrust } from './braintrust.ts'
import { cagent } from './cagent.ts'
import { codingCli } from './coding-cli.ts'
import { contextforge } from './contextforge.ts'
import { conventions } from './conventions.ts'
import { cosai } from './cosai.ts'
import { cozeloop } from './cozeloop.ts'
import { crewai } from './crewai.ts'
import { dagger } from './dagger.ts'
import { datadog } from './datadog.ts'
import { deepeval } from './deepeval.ts'
import { dify } from './dify.ts'
import { dockerMcpGateway } from './docker-mcp-gateway.ts'
import { effectAi } from './effect-ai.ts'
import { eino } from './eino.ts'
import { elasticInference } from './elastic-inference.ts'
import { embabel } from './embabel.ts'
import { eve } from './eve.ts'
import { fastAgent } from './fast-agent.ts'
import { fastmcp } from './fastmcp.ts'
import { fiddler } from './fiddler.ts'
import { futureAgi } from './future-agi.ts'
import { galileo } from './galileo.ts'
import { genaiSecurity } from './genai-security.ts'
import { genkit } from './genkit.ts'
import { googleAdk } from './google-adk.ts'
import { goose } from './goose.ts'
import { griptape } from './griptape.ts'
import { haystack } from './haystack.ts'
import { honeyhive } from './honeyhive.ts'
import { judgment } from './judgment.ts'
import { kagent } from './kagent.ts'
import { koog } from './koog.ts'
import { kuadrantMcpGateway } from './kuadrant-mcp-gateway.ts'
import { laminar } from './laminar.ts'
import { langdb } from './langdb.ts'
import { langfuse } from './langfuse.ts'
import { langsmith } from './langsmith.ts'
import { langtrace } from './langtrace.ts'
import { langwatch } from './langwatch.ts'
import { latitude } from './latitude.ts'
import { litellm } from './litellm.ts'
import { livekit } from './livekit.ts'
import { llamaindex } from './llamaindex.ts'
import { logfire } from './logfire.ts'
import { loongsuite } from './loongsuite.ts'
import { mastra } from './mastra.ts'
import { mcpFusion } from './mcp-fusion.ts'
import { mcpHangar } from './mcp-hangar.ts'
import { mcpSemconv } from './mcp-semconv.ts'
import { mlflow } from './mlflow.ts'
import { monocle } from './monocle.ts'
import { msAgentFramework } from './ms-agent-framework.ts'
import { n8n } from './n8n.ts'
import { nemoAgentToolkit } from './nemo-agent-toolkit.ts'
import { nemoGuardrails } from './nemo-guardrails.ts'
import { netra } from './netra.ts'
import { openclaw } from './openclaw.ts'
import { opencode } from './opencode.ts'
import { openinference } from './openinference.ts'
import { openlit } from './openlit.ts'
import { opik } from './opik.ts'
import { orq } from './orq.ts'
import { otelGenai } from './otel-genai.ts'
import { pipecat } from './pipecat.ts'
import { promptflow } from './promptflow.ts'
import { pydanticAi } from './pydantic-ai.ts'
import { quarkusLangchain4j } from './quarkus-langchain4j.ts'
import { qwenCode } from './qwen-code.ts'
import { respan } from './respan.ts'
import { semanticKernel } from './semantic-kernel.ts'
import { sentry } from './sentry.ts'
import { snowflakeCortex } from './snowflake-cortex.ts'
import { springAiAlibaba } from './spring-ai-alibaba.ts'
import { springAi } from './spring-ai.ts'
import { strands } from './strands.ts'
import { tenuo } from './tenuo.ts'
import { toolhive } from './toolhive.ts'
import { traceloop } from './traceloop.ts'
import { traceroot } from './traceroot.ts'
import { trpcAgentGo } from './trpc-agent-go.ts'
import { trulens } from './trulens.ts'
import { uipath } from './uipath.ts'
import { upsonic } from './upsonic.ts'
import { vercelAi } from './vercel-ai.ts'
import { vllm } from './vllm.ts'
import { voltagent } from './voltagent.ts'
import { weave } from './weave.ts'
import type { Vendor } from './vendor.ts'

/**
 * Every vendor, in the order in which their marks are checked. If a span has several, the first that knows the value
 * decides. What a convention says overrides what an exporter made of it. A mark that comes before another one names it
 * in its `before`.
 */
export const VENDORS: readonly Vendor[] = [
  conventions,
  springAi,
  agent365,
  googleAdk,
  openlit,
  otelGenai,
  openinference,
  langfuse,
  vercelAi,
  traceloop,
  agntcy,
  langwatch,
  langsmith,
  mastra,
  loongsuite,
  futureAgi,
  monocle,
  codingCli,
  voltagent,
  agentops,
  laminar,
  ag2,
  weave,
  datadog,
  fiddler,
  deepeval,
  judgment,
  nemoAgentToolkit,
  agenta,
  agentuniverse,
  traceroot,
  netra,
  basalt,
  orq,
  respan,
  cozeloop,
  agentscope,
  latitude,
  trpcAgentGo,
  mlflow,
  promptflow,
  braintrust,
  honeyhive,
  trulens,
  langtrace,
  sentry,
  logfire,
  pydanticAi,
  mcpSemconv,
  genkit,
  haystack,
  dify,
  n8n,
  semanticKernel,
  koog,
  strands,
  msAgentFramework,
  azureAiAgents,
  autogen,
  llamaindex,
  livekit,
  pipecat,
  crewai,
  agno,
  awsDistro,
  quarkusLangchain4j,
  vllm,
  eve,
  cosai,
  agentGovernance,
  tenuo,
  bedrockAgentcore,
  effectAi,
  litellm,
  fastmcp,
  galileo,
  langdb,
  opik,
  a2a,
  agentAuthorization,
  genaiSecurity,
  dockerMcpGateway,
  agentgateway,
  contextforge,
  kagent,
  bifrost,
  archestra,
  goose,
  openclaw,
  qwenCode,
  eino,
  springAiAlibaba,
  embabel,
  nemoGuardrails,
  elasticInference,
  dagger,
  arcade,
  fastAgent,
  snowflakeCortex,
  uipath,
  toolhive,
  mcpHangar,
  apolloMcpServer,
  kuadrantMcpGateway,
  mcpFusion,
  opencode,
  cagent,
  griptape,
  autoagents,
  upsonic,
]

/**
 * Where several vendors state the same thing, but not in the order above: these come first, then all others. A new
 * vendor only needs a place here if another vendor's keys are on its spans.
 */
export const FIRST = {
  // Mastra runs the AI SDK, and Sentry marks its spans, so the spans have the keys of both.
  producerKeys: [agent365, mastra, ag2, vercelAi, sentry, traceloop],
  // Traceloop copies an app's associations to every span, including the AI SDK's.
  associations: [traceloop, vercelAi, langsmith, langfuse, mastra, laminar, agntcy, conventions],
  // A key that several vendors use comes before a key that only one uses. Among the rest, no known span has two.
  metadata: [conventions, vercelAi, langfuse, langwatch, traceloop],
  // On kagent's spans, its own key is who was authenticated, and `user.id` is what a caller claims.
  user: [kagent, conventions, otelGenai, googleAdk, basalt, deepeval, netra, opik],
  // The context of A2A and the session of MCP belong to a connection, so they're the last resort. Of the others, no
  // known span has the keys of two.
  conversation: [
    agent365,
    googleAdk,
    mlflow,
    dify,
    conventions,
    weave,
    springAi,
    otelGenai,
    genkit,
    nemoAgentToolkit,
    codingCli,
    eve,
    voltagent,
    monocle,
    datadog,
    agentops,
    basalt,
    deepeval,
    galileo,
    honeyhive,
    judgment,
    langdb,
    netra,
    opik,
    respan,
    livekit,
    a2a,
    mcpSemconv,
  ],
  // Traceloop, AGNTCY and AgentOps wrap the frameworks that follow them, and name what they wrapped.
  agentFunction: [vercelAi, traceloop, agntcy, agentops, crewai, haystack, dify, n8n, livekit, genkit],
  ownTool: [conventions, mcpSemconv, traceloop, agntcy, agentops, springAi, haystack, dify, n8n, livekit, genkit],
  mcpServer: [mcpSemconv, fastmcp],
  // Decisions about acts come before decisions about content.
  decisions: [agentAuthorization, cosai, bedrockAgentcore, agentGovernance, tenuo, codingCli, agent365],
  // The order doesn't matter here, as a test proves. It keeps the text of the Collector's rules stable.
  entities: [monocle, effectAi],
  names: [
    googleAdk,
    strands,
    pydanticAi,
    codingCli,
    haystack,
    msAgentFramework,
    llamaindex,
    livekit,
    pipecat,
    crewai,
    traceloop,
    awsDistro,
    logfire,
    quarkusLangchain4j,
  ],
  scopes: [vercelAi, googleAdk, strands, mastra, agent365, msAgentFramework, pydanticAi, langfuse, langsmith, genkit],
  scopePrefixes: [
    traceloop,
    openinference,
    openlit,
    logfire,
    semanticKernel,
    msAgentFramework,
    autogen,
    koog,
    codingCli,
  ],
  systems: [strands, googleAdk, springAi],
} as const satisfies Readonly<Record<string, readonly Vendor[]>>

/** The vendors in the order that one thing requires. */
export function vendorsFor(thing?: keyof typeof FIRST): readonly Vendor[] {
  const first: readonly Vendor[] = thing === undefined ? [] : FIRST[thing]
  return [...first, ...VENDORS.filter((vendor) => !first.includes(vendor))]
}
