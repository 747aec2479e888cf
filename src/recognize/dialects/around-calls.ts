/**
 * How spans are called that name a tool but don't call it: they list, look up, register or check tools, open the
 * session, or are another MCP method. RE2 supports this.
 */
export const AROUND_CALLS = new RegExp(
  [
    // A word between dots, slashes, colons or spaces: `mcp.tool.register`. A tool may be called `check_balance`.
    segment(
      String.raw`authori[sz]\w*|authz|authenticat\w*|cache|check|describe|discover\w*|evaluat\w*|filter|initiali[sz]\w*` +
        String.raw`|list|load|lookup|ping|policy|rate[_-]?limit\w*|regist\w*|resolve|schema|session|token|validat\w*`,
    ),
    segment(
      '(?:describe|discover|filter|find|get|index|list|load|look_?up|prepare|refresh|register|resolve|select|sync|validate)' +
        '[_-]?(?:[a-z]+[_-])?(?:tools?|toolsets?|prompts?|resources?|servers?|capabilit(?:y|ies))' +
        '(?:[_-]?(?:definition|list|metadata|schema|spec)s?)?',
    ),
    segment(
      '(?:tools?|toolset|server|session|prompt|resource)[_-]?' +
        '(?:cache|check|close|definition|discovery|filter|init|list|listing|loading|lookup|metadata|registration|resolution|schema|selection|start|store|validation)s?',
    ),
    segment(
      '(?:access|args?|arguments?|auth|cache|input|output|permission|policy|quota|schema|token)[_-]?' +
        '(?:check|decision|evaluat\\w*|exchange|hit|lookup|miss|refresh|request|validat\\w*)',
    ),
    // The methods of MCP.
    String.raw`(?:^|[\s:])(?:completion|elicitation|logging|notifications|prompts|resources|roots|sampling)/`,
    // A result is handed over, after the call.
    String.raw`[\s._/:](?:tool_)?results?$`,
  ].join('|'),
  'iu',
)

function segment(words: string): string {
  return String.raw`(?:^|[\s./:])(?:${words})(?:[\s./:]|$)`
}
