
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'oauth2tok' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'oauth2tok'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $previous = $commandElements | Select-Object -Last 1
    if ($wordToComplete) { $previous = $commandElements | Select-Object -Last 2 | Select-Object -First 1 }
    if ("$previous" -cin '-p', '--profile', 'show', 'check') {
        oauth2tok profile list 2>$null | Where-Object { $_ -like "$wordToComplete*" } |
            ForEach-Object { [CompletionResult]::new($_, $_, [CompletionResultType]::ParameterValue, $_) }
        return
    }

    $completions = @(switch ($command) {
        'oauth2tok' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use: a name from the config file, or a path to a file with one profile')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use: a name from the config file, or a path to a file with one profile')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Config file to read')
            [CompletionResult]::new('--token-endpoint', '--token-endpoint', [CompletionResultType]::ParameterName, 'Token endpoint')
            [CompletionResult]::new('--token-url', '--token-url', [CompletionResultType]::ParameterName, 'Token endpoint')
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, 'Issuer whose metadata names the token endpoint')
            [CompletionResult]::new('-g', '-g', [CompletionResultType]::ParameterName, 'Grant: client_credentials (the default), password or refresh_token')
            [CompletionResult]::new('--grant-type', '--grant-type', [CompletionResultType]::ParameterName, 'Grant: client_credentials (the default), password or refresh_token')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Scope to ask for; repeatable, and each may hold several')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Scope to ask for; repeatable, and each may hold several')
            [CompletionResult]::new('--audience', '--audience', [CompletionResultType]::ParameterName, 'Service the token is for; repeatable')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'Resource the token is for, an absolute URI (RFC 8707); repeatable')
            [CompletionResult]::new('--param', '--param', [CompletionResultType]::ParameterName, 'Further form field; repeatable')
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'User of the password grant')
            [CompletionResult]::new('--username', '--username', [CompletionResultType]::ParameterName, 'User of the password grant')
            [CompletionResult]::new('--password', '--password', [CompletionResultType]::ParameterName, 'Password of the password grant')
            [CompletionResult]::new('--refresh-token', '--refresh-token', [CompletionResultType]::ParameterName, 'Refresh token of the refresh_token grant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Client id')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'Client id')
            [CompletionResult]::new('--client-secret', '--client-secret', [CompletionResultType]::ParameterName, 'Client secret')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post) or none')
            [CompletionResult]::new('--auth-method', '--auth-method', [CompletionResultType]::ParameterName, 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post) or none')
            [CompletionResult]::new('--basic-encoding', '--basic-encoding', [CompletionResultType]::ParameterName, 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)')
            [CompletionResult]::new('--min-valid', '--min-valid', [CompletionResultType]::ParameterName, 'Reuse a kept token only if it lives at least this long')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Further header field of the token request; repeatable')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Further header field of the token request; repeatable')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole run, such as 30s (the default), 500ms or 2m')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time to reach the server, TLS included; 10s if not given')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try again where that can help; 2 if not given')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Trust the roots in this PEM file and no others')
            [CompletionResult]::new('--cert', '--cert', [CompletionResultType]::ParameterName, 'Client certificate (PEM); the file may hold the key too')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Key of the client certificate (PEM)')
            [CompletionResult]::new('--error-format', '--error-format', [CompletionResultType]::ParameterName, 'How errors are written: text (the default) or json')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'What to print: token (the default), json, header, curl, env, ttl or exec-credential')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What to print: token (the default), json, header, curl, env, ttl or exec-credential')
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'Print one member of the answer instead, such as id_token or refresh_token')
            [CompletionResult]::new('--env-name', '--env-name', [CompletionResultType]::ParameterName, 'Variable that -o env sets; ACCESS_TOKEN if not given')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep the token, sealed, and reuse it while it is good')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Do not use the cache, whatever the profile says')
            [CompletionResult]::new('--force-new', '--force-new', [CompletionResultType]::ParameterName, 'Go past a kept token, and keep the new one')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Accept any server certificate: whoever is in between can read the secret')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell on stderr what is sent and received, and where each setting came from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell on stderr what is sent and received, and where each setting came from')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No warnings')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the request, as HTTP or with -o curl as a command, and send nothing')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Refuse every deviation from the standards that is otherwise tolerated')
            [CompletionResult]::new('--show-secrets', '--show-secrets', [CompletionResultType]::ParameterName, 'Do not hide secrets and tokens in what -v and --dry-run show')
            [CompletionResult]::new('--mask', '--mask', [CompletionResultType]::ParameterName, 'Have GitHub Actions hide the token in its logs')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('profile', 'profile', [CompletionResultType]::ParameterValue, 'List, show and check profiles')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Turn another system''s configuration into a profile')
            [CompletionResult]::new('cache', 'cache', [CompletionResultType]::ParameterValue, 'List and forget kept tokens')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            break
        }
        'oauth2tok;profile' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Print the names, one a line')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print the merged settings with their origins, secrets hidden')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Validate profiles without sending anything or reading any secret')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where the config file is')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of config files, for editors')
            break
        }
        'oauth2tok;profile;list' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'oauth2tok;profile;show' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'oauth2tok;profile;check' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'oauth2tok;profile;path' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'oauth2tok;profile;schema' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'oauth2tok;import' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'System the configuration is of')
            [CompletionResult]::new('--keep-secrets', '--keep-secrets', [CompletionResultType]::ParameterName, 'Write secrets out instead of naming environment variables for them')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'oauth2tok;cache' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Print what is kept, as far as the credentials at hand open it: profile or endpoint, scope, expiry, state')
            [CompletionResult]::new('clear', 'clear', [CompletionResultType]::ParameterValue, 'Forget the token kept for these settings')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where kept tokens are')
            break
        }
        'oauth2tok;cache;list' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use: a name from the config file, or a path to a file with one profile')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use: a name from the config file, or a path to a file with one profile')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Config file to read')
            [CompletionResult]::new('--token-endpoint', '--token-endpoint', [CompletionResultType]::ParameterName, 'Token endpoint')
            [CompletionResult]::new('--token-url', '--token-url', [CompletionResultType]::ParameterName, 'Token endpoint')
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, 'Issuer whose metadata names the token endpoint')
            [CompletionResult]::new('-g', '-g', [CompletionResultType]::ParameterName, 'Grant: client_credentials (the default), password or refresh_token')
            [CompletionResult]::new('--grant-type', '--grant-type', [CompletionResultType]::ParameterName, 'Grant: client_credentials (the default), password or refresh_token')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Scope to ask for; repeatable, and each may hold several')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Scope to ask for; repeatable, and each may hold several')
            [CompletionResult]::new('--audience', '--audience', [CompletionResultType]::ParameterName, 'Service the token is for; repeatable')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'Resource the token is for, an absolute URI (RFC 8707); repeatable')
            [CompletionResult]::new('--param', '--param', [CompletionResultType]::ParameterName, 'Further form field; repeatable')
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'User of the password grant')
            [CompletionResult]::new('--username', '--username', [CompletionResultType]::ParameterName, 'User of the password grant')
            [CompletionResult]::new('--password', '--password', [CompletionResultType]::ParameterName, 'Password of the password grant')
            [CompletionResult]::new('--refresh-token', '--refresh-token', [CompletionResultType]::ParameterName, 'Refresh token of the refresh_token grant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Client id')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'Client id')
            [CompletionResult]::new('--client-secret', '--client-secret', [CompletionResultType]::ParameterName, 'Client secret')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post) or none')
            [CompletionResult]::new('--auth-method', '--auth-method', [CompletionResultType]::ParameterName, 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post) or none')
            [CompletionResult]::new('--basic-encoding', '--basic-encoding', [CompletionResultType]::ParameterName, 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)')
            [CompletionResult]::new('--min-valid', '--min-valid', [CompletionResultType]::ParameterName, 'Reuse a kept token only if it lives at least this long')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Further header field of the token request; repeatable')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Further header field of the token request; repeatable')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole run, such as 30s (the default), 500ms or 2m')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time to reach the server, TLS included; 10s if not given')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try again where that can help; 2 if not given')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Trust the roots in this PEM file and no others')
            [CompletionResult]::new('--cert', '--cert', [CompletionResultType]::ParameterName, 'Client certificate (PEM); the file may hold the key too')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Key of the client certificate (PEM)')
            [CompletionResult]::new('--error-format', '--error-format', [CompletionResultType]::ParameterName, 'How errors are written: text (the default) or json')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep the token, sealed, and reuse it while it is good')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Do not use the cache, whatever the profile says')
            [CompletionResult]::new('--force-new', '--force-new', [CompletionResultType]::ParameterName, 'Go past a kept token, and keep the new one')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Accept any server certificate: whoever is in between can read the secret')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell on stderr what is sent and received, and where each setting came from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell on stderr what is sent and received, and where each setting came from')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No warnings')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the request, as HTTP or with -o curl as a command, and send nothing')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Refuse every deviation from the standards that is otherwise tolerated')
            [CompletionResult]::new('--show-secrets', '--show-secrets', [CompletionResultType]::ParameterName, 'Do not hide secrets and tokens in what -v and --dry-run show')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'oauth2tok;cache;clear' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile to use: a name from the config file, or a path to a file with one profile')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile to use: a name from the config file, or a path to a file with one profile')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Config file to read')
            [CompletionResult]::new('--token-endpoint', '--token-endpoint', [CompletionResultType]::ParameterName, 'Token endpoint')
            [CompletionResult]::new('--token-url', '--token-url', [CompletionResultType]::ParameterName, 'Token endpoint')
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, 'Issuer whose metadata names the token endpoint')
            [CompletionResult]::new('-g', '-g', [CompletionResultType]::ParameterName, 'Grant: client_credentials (the default), password or refresh_token')
            [CompletionResult]::new('--grant-type', '--grant-type', [CompletionResultType]::ParameterName, 'Grant: client_credentials (the default), password or refresh_token')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Scope to ask for; repeatable, and each may hold several')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Scope to ask for; repeatable, and each may hold several')
            [CompletionResult]::new('--audience', '--audience', [CompletionResultType]::ParameterName, 'Service the token is for; repeatable')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'Resource the token is for, an absolute URI (RFC 8707); repeatable')
            [CompletionResult]::new('--param', '--param', [CompletionResultType]::ParameterName, 'Further form field; repeatable')
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'User of the password grant')
            [CompletionResult]::new('--username', '--username', [CompletionResultType]::ParameterName, 'User of the password grant')
            [CompletionResult]::new('--password', '--password', [CompletionResultType]::ParameterName, 'Password of the password grant')
            [CompletionResult]::new('--refresh-token', '--refresh-token', [CompletionResultType]::ParameterName, 'Refresh token of the refresh_token grant')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Client id')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'Client id')
            [CompletionResult]::new('--client-secret', '--client-secret', [CompletionResultType]::ParameterName, 'Client secret')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post) or none')
            [CompletionResult]::new('--auth-method', '--auth-method', [CompletionResultType]::ParameterName, 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post) or none')
            [CompletionResult]::new('--basic-encoding', '--basic-encoding', [CompletionResultType]::ParameterName, 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)')
            [CompletionResult]::new('--min-valid', '--min-valid', [CompletionResultType]::ParameterName, 'Reuse a kept token only if it lives at least this long')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Further header field of the token request; repeatable')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Further header field of the token request; repeatable')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole run, such as 30s (the default), 500ms or 2m')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time to reach the server, TLS included; 10s if not given')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'How often to try again where that can help; 2 if not given')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Trust the roots in this PEM file and no others')
            [CompletionResult]::new('--cert', '--cert', [CompletionResultType]::ParameterName, 'Client certificate (PEM); the file may hold the key too')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Key of the client certificate (PEM)')
            [CompletionResult]::new('--error-format', '--error-format', [CompletionResultType]::ParameterName, 'How errors are written: text (the default) or json')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Forget every kept token')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep the token, sealed, and reuse it while it is good')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Do not use the cache, whatever the profile says')
            [CompletionResult]::new('--force-new', '--force-new', [CompletionResultType]::ParameterName, 'Go past a kept token, and keep the new one')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Accept any server certificate: whoever is in between can read the secret')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell on stderr what is sent and received, and where each setting came from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell on stderr what is sent and received, and where each setting came from')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No warnings')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the request, as HTTP or with -o curl as a command, and send nothing')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Refuse every deviation from the standards that is otherwise tolerated')
            [CompletionResult]::new('--show-secrets', '--show-secrets', [CompletionResultType]::ParameterName, 'Do not hide secrets and tokens in what -v and --dry-run show')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'oauth2tok;cache;path' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'oauth2tok;completions' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
