
use builtin;
use str;

set edit:completion:arg-completer[oauth2tok] = {|@words|
    if (has-value [-p --profile show check] $words[-2]) {
        e:oauth2tok profile list 2>/dev/null | from-lines
        return
    }
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'oauth2tok'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'oauth2tok'= {
            cand -p 'Profile to use: a name from the config file, or a path to a file with one profile'
            cand --profile 'Profile to use: a name from the config file, or a path to a file with one profile'
            cand --config 'Config file to read'
            cand --token-endpoint 'Token endpoint'
            cand --token-url 'Token endpoint'
            cand --issuer 'Issuer whose metadata names the token endpoint'
            cand -g 'Grant: client_credentials (the default), password or refresh_token'
            cand --grant-type 'Grant: client_credentials (the default), password or refresh_token'
            cand -s 'Scope to ask for; repeatable, and each may hold several'
            cand --scope 'Scope to ask for; repeatable, and each may hold several'
            cand --audience 'Service the token is for; repeatable'
            cand --resource 'Resource the token is for, an absolute URI (RFC 8707); repeatable'
            cand --param 'Further form field; repeatable'
            cand -u 'User of the password grant'
            cand --username 'User of the password grant'
            cand --password 'Password of the password grant'
            cand --refresh-token 'Refresh token of the refresh_token grant'
            cand -i 'Client id'
            cand --client-id 'Client id'
            cand --client-secret 'Client secret'
            cand -a 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post) or none'
            cand --auth-method 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post) or none'
            cand --basic-encoding 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)'
            cand --min-valid 'Reuse a kept token only if it lives at least this long'
            cand -H 'Further header field of the token request; repeatable'
            cand --header 'Further header field of the token request; repeatable'
            cand --timeout 'Time for the whole run, such as 30s (the default), 500ms or 2m'
            cand --connect-timeout 'Time to reach the server, TLS included; 10s if not given'
            cand --retry 'How often to try again where that can help; 2 if not given'
            cand -x 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none'
            cand --proxy 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none'
            cand --cacert 'Trust the roots in this PEM file and no others'
            cand --cert 'Client certificate (PEM); the file may hold the key too'
            cand --key 'Key of the client certificate (PEM)'
            cand --error-format 'How errors are written: text (the default) or json'
            cand -o 'What to print: token (the default), json, header, curl, env, ttl or exec-credential'
            cand --output 'What to print: token (the default), json, header, curl, env, ttl or exec-credential'
            cand --field 'Print one member of the answer instead, such as id_token or refresh_token'
            cand --env-name 'Variable that -o env sets; ACCESS_TOKEN if not given'
            cand --cache 'Keep the token, sealed, and reuse it while it is good'
            cand --no-cache 'Do not use the cache, whatever the profile says'
            cand --force-new 'Go past a kept token, and keep the new one'
            cand --insecure 'Accept any server certificate: whoever is in between can read the secret'
            cand -v 'Tell on stderr what is sent and received, and where each setting came from'
            cand --verbose 'Tell on stderr what is sent and received, and where each setting came from'
            cand -q 'No warnings'
            cand --quiet 'No warnings'
            cand --dry-run 'Show the request, as HTTP or with -o curl as a command, and send nothing'
            cand --strict 'Refuse every deviation from the standards that is otherwise tolerated'
            cand --show-secrets 'Do not hide secrets and tokens in what -v and --dry-run show'
            cand --mask 'Have GitHub Actions hide the token in its logs'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand profile 'List, show and check profiles'
            cand import 'Turn another system''s configuration into a profile'
            cand cache 'List and forget kept tokens'
            cand completions 'Print a completion script for a shell'
        }
        &'oauth2tok;profile'= {
            cand --config 'The config file'
            cand -h 'Print help'
            cand --help 'Print help'
            cand list 'Print the names, one a line'
            cand show 'Print the merged settings with their origins, secrets hidden'
            cand check 'Validate profiles without sending anything or reading any secret'
            cand path 'Print where the config file is'
            cand schema 'Print the JSON Schema of config files, for editors'
        }
        &'oauth2tok;profile;list'= {
            cand --config 'The config file'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'oauth2tok;profile;show'= {
            cand --config 'The config file'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'oauth2tok;profile;check'= {
            cand --config 'The config file'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'oauth2tok;profile;path'= {
            cand --config 'The config file'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'oauth2tok;profile;schema'= {
            cand --config 'The config file'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'oauth2tok;import'= {
            cand --from 'System the configuration is of'
            cand --keep-secrets 'Write secrets out instead of naming environment variables for them'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'oauth2tok;cache'= {
            cand -h 'Print help'
            cand --help 'Print help'
            cand list 'Print what is kept, as far as the credentials at hand open it: profile or endpoint, scope, expiry, state'
            cand clear 'Forget the token kept for these settings'
            cand path 'Print where kept tokens are'
        }
        &'oauth2tok;cache;list'= {
            cand -p 'Profile to use: a name from the config file, or a path to a file with one profile'
            cand --profile 'Profile to use: a name from the config file, or a path to a file with one profile'
            cand --config 'Config file to read'
            cand --token-endpoint 'Token endpoint'
            cand --token-url 'Token endpoint'
            cand --issuer 'Issuer whose metadata names the token endpoint'
            cand -g 'Grant: client_credentials (the default), password or refresh_token'
            cand --grant-type 'Grant: client_credentials (the default), password or refresh_token'
            cand -s 'Scope to ask for; repeatable, and each may hold several'
            cand --scope 'Scope to ask for; repeatable, and each may hold several'
            cand --audience 'Service the token is for; repeatable'
            cand --resource 'Resource the token is for, an absolute URI (RFC 8707); repeatable'
            cand --param 'Further form field; repeatable'
            cand -u 'User of the password grant'
            cand --username 'User of the password grant'
            cand --password 'Password of the password grant'
            cand --refresh-token 'Refresh token of the refresh_token grant'
            cand -i 'Client id'
            cand --client-id 'Client id'
            cand --client-secret 'Client secret'
            cand -a 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post) or none'
            cand --auth-method 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post) or none'
            cand --basic-encoding 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)'
            cand --min-valid 'Reuse a kept token only if it lives at least this long'
            cand -H 'Further header field of the token request; repeatable'
            cand --header 'Further header field of the token request; repeatable'
            cand --timeout 'Time for the whole run, such as 30s (the default), 500ms or 2m'
            cand --connect-timeout 'Time to reach the server, TLS included; 10s if not given'
            cand --retry 'How often to try again where that can help; 2 if not given'
            cand -x 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none'
            cand --proxy 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none'
            cand --cacert 'Trust the roots in this PEM file and no others'
            cand --cert 'Client certificate (PEM); the file may hold the key too'
            cand --key 'Key of the client certificate (PEM)'
            cand --error-format 'How errors are written: text (the default) or json'
            cand --cache 'Keep the token, sealed, and reuse it while it is good'
            cand --no-cache 'Do not use the cache, whatever the profile says'
            cand --force-new 'Go past a kept token, and keep the new one'
            cand --insecure 'Accept any server certificate: whoever is in between can read the secret'
            cand -v 'Tell on stderr what is sent and received, and where each setting came from'
            cand --verbose 'Tell on stderr what is sent and received, and where each setting came from'
            cand -q 'No warnings'
            cand --quiet 'No warnings'
            cand --dry-run 'Show the request, as HTTP or with -o curl as a command, and send nothing'
            cand --strict 'Refuse every deviation from the standards that is otherwise tolerated'
            cand --show-secrets 'Do not hide secrets and tokens in what -v and --dry-run show'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'oauth2tok;cache;clear'= {
            cand -p 'Profile to use: a name from the config file, or a path to a file with one profile'
            cand --profile 'Profile to use: a name from the config file, or a path to a file with one profile'
            cand --config 'Config file to read'
            cand --token-endpoint 'Token endpoint'
            cand --token-url 'Token endpoint'
            cand --issuer 'Issuer whose metadata names the token endpoint'
            cand -g 'Grant: client_credentials (the default), password or refresh_token'
            cand --grant-type 'Grant: client_credentials (the default), password or refresh_token'
            cand -s 'Scope to ask for; repeatable, and each may hold several'
            cand --scope 'Scope to ask for; repeatable, and each may hold several'
            cand --audience 'Service the token is for; repeatable'
            cand --resource 'Resource the token is for, an absolute URI (RFC 8707); repeatable'
            cand --param 'Further form field; repeatable'
            cand -u 'User of the password grant'
            cand --username 'User of the password grant'
            cand --password 'Password of the password grant'
            cand --refresh-token 'Refresh token of the refresh_token grant'
            cand -i 'Client id'
            cand --client-id 'Client id'
            cand --client-secret 'Client secret'
            cand -a 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post) or none'
            cand --auth-method 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post) or none'
            cand --basic-encoding 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)'
            cand --min-valid 'Reuse a kept token only if it lives at least this long'
            cand -H 'Further header field of the token request; repeatable'
            cand --header 'Further header field of the token request; repeatable'
            cand --timeout 'Time for the whole run, such as 30s (the default), 500ms or 2m'
            cand --connect-timeout 'Time to reach the server, TLS included; 10s if not given'
            cand --retry 'How often to try again where that can help; 2 if not given'
            cand -x 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none'
            cand --proxy 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none'
            cand --cacert 'Trust the roots in this PEM file and no others'
            cand --cert 'Client certificate (PEM); the file may hold the key too'
            cand --key 'Key of the client certificate (PEM)'
            cand --error-format 'How errors are written: text (the default) or json'
            cand --all 'Forget every kept token'
            cand --cache 'Keep the token, sealed, and reuse it while it is good'
            cand --no-cache 'Do not use the cache, whatever the profile says'
            cand --force-new 'Go past a kept token, and keep the new one'
            cand --insecure 'Accept any server certificate: whoever is in between can read the secret'
            cand -v 'Tell on stderr what is sent and received, and where each setting came from'
            cand --verbose 'Tell on stderr what is sent and received, and where each setting came from'
            cand -q 'No warnings'
            cand --quiet 'No warnings'
            cand --dry-run 'Show the request, as HTTP or with -o curl as a command, and send nothing'
            cand --strict 'Refuse every deviation from the standards that is otherwise tolerated'
            cand --show-secrets 'Do not hide secrets and tokens in what -v and --dry-run show'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'oauth2tok;cache;path'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'oauth2tok;completions'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
    ]
    $completions[$command]
}
