/**
 * What an editor shows of each key of `mia.config.json`, by its path; `[]` stands for an item of a list. Apart from the
 * schema, whose lines are rules. A key that describes itself there, by `.meta()`, needs no line here.
 */
export const DESCRIPTIONS: Readonly<Record<string, string>> = {
  $schema: "Where this schema lies, for the editor",
  inbound: "Who may call us as Bango",
  "inbound.credentials": "At least one outside the sandbox; a reload takes over changes",
  "inbound.credentials[].id": "Name of the credential in logs and histories",
  "inbound.credentials[].type": "How the caller proves who it is",
  "inbound.credentials[].username": "User name of Basic authentication; without a colon",
  "inbound.credentials[].password": "One secret, or two while it is rotated; 16 characters or more",
  "inbound.credentials[].passwordHash":
    "Instead of password: sha256: and the digest in hexadecimal or base64url",
  "inbound.credentials[].clientId": "OAuth 2.0 client that gets its tokens from us",
  "inbound.credentials[].clientSecret": "One secret, or two while it is rotated; 16 characters or more",
  "inbound.credentials[].issuer": "Your own issuer of tokens, exactly as its tokens name it",
  "inbound.credentials[].audience": "Whom its tokens have to be meant for",
  "inbound.credentials[].jwksUri": "Where it publishes its keys; https outside the sandbox",
  "inbound.credentials[].scope": "A scope that its tokens need to have; default: none",
  "inbound.credentials[].resellers": 'Ids of the resellers that it may act for; "*" for all',
  "inbound.credentials[].owner":
    "Whose request ids these are: credentials of one owner share them. Default bango; give two Bangos two owners",
  "inbound.allowedAddresses": "IP addresses and networks that may call; default: empty, everybody may try",
  resellers: "Who sells what; a reload takes over changes",
  "resellers[].resellerId": 'Bango\'s name of the reseller; "*" for every one that is not named',
  "resellers[].returnUrls":
    "Addresses that customers may go on to after the sign-up, and all below them; the first is the default",
  "resellers[].maxLivePerCustomer":
    "Live entitlements that one customer may have with this reseller; default 1",
  "resellers[].operations": "Operations that Bango may not call for this reseller, each with false",
  "resellers[].publicUrl":
    "Prefix of this reseller's activation links, https outside the sandbox; default: PUBLIC_URL",
  "resellers[].limits": "Limits of this reseller where they differ from those of all",
  "resellers[].limits.activationTtlMs": "Life of an activation link in ms; default: limits.activationTtlMs",
  "resellers[].limits.accountDeadlineMs":
    "For all account-system calls of one request, in ms; below limits.leaseMs; default: limits.accountDeadlineMs",
  "resellers[].limits.accountCalls":
    "Account-system calls of this reseller at once; default: limits.accountCallsPerReseller",
  "resellers[].bango": "Where and as whom this reseller's news is told to Bango; default: bango",
  "resellers[].bango.baseUrl": "Address of Bango, without the path of an operation",
  "resellers[].bango.username": "User name that Bango knows us by",
  "resellers[].bango.password": "One password, or two while it is rotated: the first is sent",
  "resellers[].products": "What this reseller sells",
  "resellers[].products[].productKey": 'Bango\'s name of the product; "*" for every one that is not named',
  "resellers[].products[].plan": "What your account system calls it",
  "resellers[].products[].activation":
    "sign-up: the customer follows a link and signs up; immediate: active at once",
  "resellers[].products[].signUp": "How the customer signs up; default hosted, on our own pages",
  "resellers[].products[].maxLivePerCustomer":
    "Counts this product alone; default: all products of the reseller count together",
  "resellers[].products[].validFrom": "First instant on sale, ISO 8601 with offset; default: always has been",
  "resellers[].products[].validTo":
    "First instant no longer on sale, ISO 8601 with offset; default: never ends",
  "resellers[].products[].stopSell": "true: no new entitlement of it; those that exist go on. Default false",
  accountSystem: "Where subscriptions are kept",
  "accountSystem.type": "Which adapter speaks with it",
  "accountSystem.allowOutsideSandbox":
    "true: the demo accounts may be used outside the sandbox. Default false",
  contract: "What the calls look like on the wire; changes need a restart",
  "contract.preset": "The contract agreed with Bango; default merchant-interface",
  "contract.operations": "What differs from the preset, by operation",
  bango: "Where and as whom Bango is told news; default: BANGO_BASE_URL, BANGO_USERNAME, BANGO_PASSWORD",
  "bango.baseUrl": "Address of Bango, without the path of an operation",
  "bango.username": "User name that Bango knows us by",
  "bango.password": "One password, or two while it is rotated: the first is sent",
  admin: "Who may use the admin port; a reload takes over changes",
  "admin.tokens": "Bearer tokens for programs",
  "admin.tokens[].id": "Name of the token in logs",
  "admin.tokens[].token": "One token, or two while it is rotated; 16 characters or more",
  "admin.tokens[].role": "view, operate or admin; each may do what those before it may. Default view",
  "admin.users": "People who may use the console",
  limits: "Times in ms; changes need a restart",
  "limits.turnWaitMs": "Wait for another call on the same entitlement, in ms; default 2000",
  "limits.accountDeadlineMs": "For all account-system calls of one request together, in ms; default 5000",
  "limits.leaseMs":
    "A call in flight is taken for dead after this, in ms; longer than accountDeadlineMs; default 10000",
  "limits.activationTtlMs": "Life of an activation link in ms; default 86400000, a day",
  "limits.orphanGraceMs":
    "An activation that nobody came back for is undone after this, in ms; default 60000",
  "limits.expiryGraceMs": "End what Bango forgot to end this long after dateExpiry, in ms; default 0, off",
  "limits.pendingMaxAgeMs": "End sign-ups that never come after this, in ms; default 0, off",
  "limits.accountCallsPerReseller":
    "Account-system calls of one reseller at once, in each process; more wait their turn. Default 64",
  "limits.accountQueueMs":
    "How long such a call waits for its turn at most, in ms, and never longer than half of its deadline; default 1000",
  "limits.completionAlarmMs":
    "An accepted operation that is not completed after this raises an alarm, in ms; default 3600000, an hour",
  "limits.tokenTtlMs": "Life of an access token of ours, in ms; default 3600000",
  "limits.failedAuthPerMinute": "Failed authentications from one address and user in a minute; default 100",
  links: "Activation links",
  "links.supersede": "true: a newer link ends the older ones. Default false",
  reports: "Correlation reports",
};
