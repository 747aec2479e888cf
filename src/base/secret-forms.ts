/** What a kind of secret looks like, as those who issue it publish it. */
export interface SecretForm {
  readonly of: string
  /** Where the form is published. */
  readonly defined: string
  /** How it begins, where a word begins: a text with none of these isn't searched. */
  readonly begins: readonly string[]
  /** Takes linear time. */
  readonly form: RegExp
}

/** Most issuers made theirs so that scanners find them: by a prefix that nothing else has. */
export const SECRET_FORMS: readonly SecretForm[] = [
  {
    of: 'a private key in PEM',
    defined: 'https://www.rfc-editor.org/rfc/rfc7468#section-10',
    begins: ['-----BEGIN '],
    form: /-----BEGIN [A-Z\d ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^-]*(?:-{1,4}[^-]+)*(?:-----END [A-Z\d ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?/u,
  },
  {
    of: 'a signed or encrypted JSON Web Token',
    defined: 'https://www.rfc-editor.org/rfc/rfc7519',
    // `{"`, or `{` with a blank, a tab or the end of a line before the first quote.
    begins: ['eyJ', 'eyA', 'ewo', 'ewk', 'ew0'],
    form: /(?<![\w-])(?:eyJ[\w-]{8,}\.[\w-]*|(?:eyA|ew[ok0])[\w-]{16,}\.[\w-]{16,})\.[\w-]*(?:\.[\w-]+\.[\w-]+)?/u,
  },
  {
    of: 'a token of GitHub',
    defined:
      'https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats',
    begins: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    form: /(?<![A-Za-z\d])(?:gh[pousr]_[A-Za-z\d_]{16,}|github_pat_\w{16,})/u,
  },
  {
    of: 'a token of GitLab',
    defined: 'https://docs.gitlab.com/security/tokens/#token-prefixes',
    begins: [
      'glpat-',
      'gloas-',
      'gldt-',
      'glrt-',
      'glrtr-',
      'glcbt-',
      'glptt-',
      'glft-',
      'glimt-',
      'glagent-',
      'glsoat-',
      'glffct-',
      'glwt-',
    ],
    form: /(?<![A-Za-z\d])gl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct|wt)-[\w-]{16,}(?:\.[\w.]+)?/u,
  },
  {
    of: 'a token of Slack',
    defined: 'https://docs.slack.dev/authentication/tokens',
    begins: ['xox', 'xapp-'],
    form: /(?<![A-Za-z\d])(?:xox[a-z](?:\.xox[a-z])?-[A-Za-z\d-]{10,}|xapp-\d-[A-Za-z\d-]{10,})/u,
  },
  {
    of: 'a webhook of Slack',
    defined: 'https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks',
    begins: ['hooks.slack.com/'],
    form: /(?<=hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/]{16,}/u,
  },
  {
    of: 'an access key of AWS',
    defined: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids',
    begins: ['AKIA', 'ASIA', 'ABIA', 'ACCA'],
    form: /(?<![A-Za-z\d])(?:AKIA|ASIA|ABIA|ACCA)[A-Z\d]{16}(?![A-Za-z\d])/u,
  },
  {
    of: 'a key of Google',
    defined: 'https://cloud.google.com/docs/authentication/api-keys',
    begins: ['AIza', 'ya29.', 'GOCSPX-'],
    form: /(?<![\w-])(?:AIza[\w-]{30,}|ya29\.[\w-]{16,}|GOCSPX-[\w-]{16,})/u,
  },
  {
    of: 'a key of Anthropic',
    defined: 'https://docs.claude.com/en/api/admin-api/apikeys/get-api-key',
    begins: ['sk-'],
    form: /(?<![\w-])sk-ant-[\w-]{10,}/u,
  },
  {
    of: 'a key of OpenAI, OpenRouter, Langfuse or those who write theirs like it',
    defined: 'https://platform.openai.com/docs/api-reference/authentication',
    begins: ['sk-'],
    form: /(?<![\w-])sk-(?:(?:proj|svcacct|admin|service|None|or-v1|or|lf)-[\w-]{10,}|(?=[A-Za-z]*\d)[A-Za-z\d]{16,})/u,
  },
  {
    of: 'a key of Stripe',
    defined: 'https://docs.stripe.com/keys',
    begins: ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'],
    form: /(?<![A-Za-z\d])(?:[sr]k_(?:live|test)_[A-Za-z\d]{10,}|whsec_[\w+/=]{16,})/u,
  },
  {
    of: 'a token of npm',
    defined: 'https://github.blog/2021-09-23-announcing-npms-new-access-token-format/',
    begins: ['npm_'],
    form: /(?<![A-Za-z\d])npm_[A-Za-z\d]{30,}/u,
  },
  {
    of: 'a token of PyPI',
    defined: 'https://pypi.org/help/#apitoken',
    begins: ['pypi-AgE'],
    form: /(?<![A-Za-z\d])pypi-AgE[\w-]{16,}/u,
  },
  {
    of: 'a key of SendGrid',
    defined: 'https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys',
    begins: ['SG.'],
    form: /(?<![A-Za-z\d])SG\.[\w-]{16,}\.[\w-]{16,}/u,
  },
  {
    of: 'a key of Twilio',
    defined: 'https://www.twilio.com/docs/iam/api-keys',
    begins: ['SK'],
    form: /(?<![A-Za-z\d])SK[\da-f]{32}(?![A-Za-z\d])/u,
  },
  {
    of: 'a token of Hugging Face',
    defined: 'https://huggingface.co/docs/hub/security-tokens',
    begins: ['hf_'],
    form: /(?<![A-Za-z\d])hf_[A-Za-z\d]{30,}/u,
  },
  {
    of: 'a key of a provider of models: Groq, xAI, Perplexity, Replicate, Tavily, Pinecone, LangSmith, NVIDIA',
    defined: 'https://docs.github.com/code-security/secret-scanning/introduction/supported-secret-scanning-patterns',
    begins: ['gsk_', 'xai-', 'pplx-', 'r8_', 'tvly-', 'pcsk_', 'lsv2_', 'nvapi-'],
    form: /(?<![A-Za-z\d])(?:gsk_[A-Za-z\d]{30,}|xai-[A-Za-z\d]{30,}|pplx-[A-Za-z\d]{30,}|r8_[A-Za-z\d]{30,}|tvly-[\w-]{20,}|pcsk_\w{30,}|lsv2_(?:pt|sk)_[\da-f]{32}_[\da-f]{10}|nvapi-[\w-]{40,})/u,
  },
  {
    of: 'a token of HashiCorp Vault',
    defined: 'https://developer.hashicorp.com/vault/docs/concepts/tokens#token-prefixes',
    begins: ['hvs.', 'hvb.', 'hvr.'],
    form: /(?<![A-Za-z\d])hv[sbr]\.[\w-]{20,}/u,
  },
  {
    of: 'a token of Databricks, DigitalOcean, Doppler, Linear, Notion, Postman, Shopify, Supabase, Grafana or Atlassian',
    defined: 'https://docs.github.com/code-security/secret-scanning/introduction/supported-secret-scanning-patterns',
    begins: [
      'dapi',
      'dop_v1_',
      'doo_v1_',
      'dor_v1_',
      'dot_v1_',
      'dp.',
      'lin_api_',
      'lin_oauth_',
      'ntn_',
      'PMAK-',
      'shpat_',
      'shpca_',
      'shppa_',
      'shpss_',
      'sbp_',
      'glc_',
      'glsa_',
      'ATATT3',
    ],
    form: /(?<![A-Za-z\d])(?:dapi[\da-f]{32}|do[oprt]_v1_[\da-f]{40,}|dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z\d]{30,}|lin_(?:api|oauth)_[A-Za-z\d]{30,}|ntn_[A-Za-z\d]{40,}|PMAK-[\da-f]{24}-[\da-f]{34}|shp(?:at|ca|pa|ss)_[\dA-Fa-f]{32}|sbp_[\da-f]{40}|gl(?:c|sa)_[\w+/=]{32,}|ATATT3[\w=-]{50,})/u,
  },
  {
    of: 'a token of Docker, Figma, Sentry, New Relic, Bitbucket, RubyGems, PostHog, Square, Tailscale or Supabase, or a key of age',
    defined: 'https://docs.github.com/code-security/secret-scanning/introduction/supported-secret-scanning-patterns',
    begins: [
      'dckr_',
      'figd_',
      'sntrys_',
      'sntryu_',
      'NRAK-',
      'ATCTT3',
      'rubygems_',
      'phx_',
      'sq0atp-',
      'sq0csp-',
      'tskey-',
      'sb_secret_',
      'AGE-SECRET-KEY-1',
    ],
    form: /(?<![A-Za-z\d])(?:dckr_[po]at_[\w-]{20,}|figd_[\w-]{30,}|sntry[su]_[\w+/=]{30,}|NRAK-[A-Z\d]{27}|ATCTT3[\w=-]{50,}|rubygems_[\da-f]{48}|phx_[A-Za-z\d]{30,}|sq0(?:atp|csp)-[\w-]{22,}|tskey-[a-z]+-[\w-]{16,}|sb_secret_[\w-]{20,}|AGE-SECRET-KEY-1[A-Z\d]{50,})/u,
  },
  {
    of: 'the value of an Authorization header',
    defined: 'https://www.rfc-editor.org/rfc/rfc9110#section-11.6.2',
    begins: ['Bearer ', 'bearer ', 'BEARER ', 'Basic ', 'basic ', 'BASIC '],
    form: /(?<=(?:^|[^\w-])(?:[Bb]earer|BEARER) )(?=[^\s]{0,200}\d)[\w.~+/-]{16,}=*|(?<=(?:^|[^\w-])(?:[Bb]asic|BASIC) )(?=[^\s]{0,200}[A-Z])(?=[^\s]{0,200}\d)[A-Za-z\d+/]{12,}={0,2}(?![\w-])/u,
  },
]
