# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_oauth2tok_global_optspecs
    string join \n p/profile= config= token-endpoint= issuer= g/grant-type= s/scope= audience= resource= param= u/username= password= refresh-token= assertion= subject-token= subject-token-type= requested-token-type= authorization-details= i/client-id= client-secret= a/auth-method= basic-encoding= client-assertion= dpop no-dpop dpop-key= signing-key= signer= signing-alg= signing-cert= key-id= assertion-audience= assertion-subject= assertion-claim= cache no-cache force-new min-valid= H/header= timeout= connect-timeout= retry= x/proxy= cacert= cert= key= insecure v/verbose q/quiet error-format= dry-run strict har= show-secrets o/output= field= wrap= for= dpop-nonce= env-name= mask h/help V/version
end

function __fish_oauth2tok_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_oauth2tok_global_optspecs) -- $cmd 2>/dev/null
    or argparse -s (__fish_oauth2tok_global_optspecs) -- $cmd '' 2>/dev/null
    or return
    test -z "$argv"
    and return 0
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_oauth2tok_using_subcommand
    set -l cmd (__fish_oauth2tok_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -s p -l profile -d 'Profile to use: a name from the config file, or a path to a file with one profile' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l config -d 'Config file to read' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l token-endpoint -l token-url -d 'Token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l issuer -d 'Issuer whose metadata names the token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -s g -l grant-type -d 'Grant: client_credentials (the default), password, refresh_token, authorization_code, device_code, jwt-bearer, saml2-bearer, token-exchange or any other name' -r -f -a "client_credentials\t''
password\t''
refresh_token\t''
authorization_code\t''
device_code\t''
jwt-bearer\t''
saml2-bearer\t''
token-exchange\t''
urn:ietf:params:oauth:grant-type:device_code\t''
urn:ietf:params:oauth:grant-type:jwt-bearer\t''
urn:ietf:params:oauth:grant-type:saml2-bearer\t''
urn:ietf:params:oauth:grant-type:token-exchange\t''"
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -s s -l scope -d 'Scope to ask for; repeatable, and each may hold several' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l audience -d 'Service the token is for; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l resource -d 'Resource the token is for, an absolute URI (RFC 8707); repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l param -d 'Further form field; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -s u -l username -d 'User of the password grant, or whose login it is to be' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l password -d 'Password of the password grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l refresh-token -d 'Refresh token of the refresh_token grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l assertion -d 'Ready-made assertion of the jwt-bearer or saml2-bearer grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l subject-token -d 'Token to trade, of the token-exchange grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l subject-token-type -d 'Its type: access_token (the default), refresh_token, id_token, jwt, saml1, saml2 or a URI' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l requested-token-type -d 'Type of the token that is wanted for it' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l authorization-details -d 'What is asked for in detail, as JSON or @FILE (RFC 9396)' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -s i -l client-id -d 'Client id' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l client-secret -d 'Client secret' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -s a -l auth-method -d 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post), private_key_jwt, client_secret_jwt, tls_client_auth, self_signed_tls_client_auth or none' -r -f -a "client_secret_basic\t''
client_secret_post\t''
private_key_jwt\t''
client_secret_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
none\t''
basic\t''
post\t''"
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l basic-encoding -d 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)' -r -f -a "form\t''
raw\t''"
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l client-assertion -d 'Ready-made assertion of the client; means -a private_key_jwt' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l dpop-key -d 'Private key of --dpop, which it means; a new one if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l signing-key -d 'Private key that assertions are signed with: PEM, DER, JWK or a Google service account' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l signer -d 'Command that signs instead: input on stdin, signature on stdout' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l signing-alg -d 'Algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384 or HS512; what goes with the key if not given' -r -f -a "RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
EdDSA\t''
Ed25519\t''
HS256\t''
HS384\t''
HS512\t''"
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l signing-cert -d 'Certificate of the signing key (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l key-id -d 'Id of the signing key, for kid; thumbprint is the key\'s own (RFC 7638)' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l assertion-audience -d 'Whom assertions are for: issuer, token_endpoint or any text' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l assertion-subject -d 'Whom the assertion of the jwt-bearer grant speaks of' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l assertion-claim -d 'Further claim of assertions; repeatable; NAME:=JSON for what is no text' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l min-valid -d 'Reuse a kept token only if it lives at least this long' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -s H -l header -d 'Further header field of the token request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l connect-timeout -d 'Time to reach the server, TLS included; 10s if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l retry -d 'How often to try again where that can help; 2 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -s x -l proxy -d 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l cacert -d 'Trust the roots in this PEM file and no others' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l cert -d 'Client certificate (PEM); the file may hold the key too' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l key -d 'Key of the client certificate (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l har -d 'Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -s o -l output -d 'What to print: token (the default), json, header, curl, env, ttl or exec-credential' -r -f -a "token\t''
json\t''
header\t''
curl\t''
env\t''
ttl\t''
exec-credential\t''"
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l field -d 'Print one member of the answer instead, such as id_token or refresh_token' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l wrap -d 'Print a JSON object with the answer, as -o json prints it, under this name' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l for -d 'Call that -o header or curl makes a DPoP proof for; GET if no method is named' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l dpop-nonce -d 'Nonce that the API wants in that proof' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l env-name -d 'Variable that -o env sets; ACCESS_TOKEN if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l dpop -d 'Ask for a token that is bound to a key, and prove to have it (RFC 9449)'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l no-dpop -d 'Do not, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l cache -d 'Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l no-cache -d 'Do not use the cache, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l force-new -d 'Go past a kept token, and keep the new one'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l insecure -d 'Accept any server certificate: whoever is in between can read the secret'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l dry-run -d 'Show the request, as HTTP or with -o curl as a command, and send nothing'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l strict -d 'Refuse every deviation from the standards that is otherwise tolerated'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l show-secrets -d 'Do not hide secrets and tokens in what -v and --dry-run show'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -l mask -d 'Have GitHub Actions hide the token in its logs'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -s V -l version -d 'Print version'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -f -a "login" -d 'Log a person in, and keep the login for later runs'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -f -a "logout" -d 'Revoke a kept login and forget it'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -f -a "request" -d 'Make one API call with a token'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -f -a "exec" -d 'Run a command with a token in its environment or in a file'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -f -a "batch" -d 'Add a token to each message of a stream of JSON lines'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -f -a "inspect" -d 'Show what a token says, and whether it holds'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -f -a "introspect" -d 'Ask the server what a token is (RFC 7662)'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -f -a "revoke" -d 'Have the server end a token (RFC 7009); its 200 does not prove that it has'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -f -a "userinfo" -d 'Print who logged in, as the server tells'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -f -a "discover" -d 'Print what a server says of itself, its keys, and what is wrong with them'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -f -a "doctor" -d 'Walk the way of a run step by step, and say what is wrong and what to do'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -f -a "explain" -d 'Say what a saved answer of a token endpoint means'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -f -a "assertion" -d 'Print the assertion that the token request would carry'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -f -a "key" -d 'Make a signing key, print the public half to register'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -f -a "profile" -d 'List, show and check profiles'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -f -a "import" -d 'Turn another system\'s configuration into a profile'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -f -a "cache" -d 'List and forget kept tokens'
complete -c oauth2tok -n "__fish_oauth2tok_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -s p -l profile -d 'Profile to use: a name from the config file, or a path to a file with one profile' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l config -d 'Config file to read' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l token-endpoint -l token-url -d 'Token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l issuer -d 'Issuer whose metadata names the token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l authorization-endpoint -d 'Where the browser is sent, whatever the issuer\'s metadata says' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l device-authorization-endpoint -d 'Where a device asks for its code, whatever metadata says' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l pushed-authorization-request-endpoint -d 'Where the request is pushed to, whatever metadata says' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -s g -l grant-type -d 'Grant: client_credentials (the default), password, refresh_token, authorization_code, device_code, jwt-bearer, saml2-bearer, token-exchange or any other name' -r -f -a "client_credentials\t''
password\t''
refresh_token\t''
authorization_code\t''
device_code\t''
jwt-bearer\t''
saml2-bearer\t''
token-exchange\t''
urn:ietf:params:oauth:grant-type:device_code\t''
urn:ietf:params:oauth:grant-type:jwt-bearer\t''
urn:ietf:params:oauth:grant-type:saml2-bearer\t''
urn:ietf:params:oauth:grant-type:token-exchange\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -s s -l scope -d 'Scope to ask for; repeatable, and each may hold several' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l audience -d 'Service the token is for; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l resource -d 'Resource the token is for, an absolute URI (RFC 8707); repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l param -d 'Further form field; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -s u -l username -d 'User of the password grant, or whose login it is to be' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l password -d 'Password of the password grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l refresh-token -d 'Refresh token of the refresh_token grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l assertion -d 'Ready-made assertion of the jwt-bearer or saml2-bearer grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l subject-token -d 'Token to trade, of the token-exchange grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l subject-token-type -d 'Its type: access_token (the default), refresh_token, id_token, jwt, saml1, saml2 or a URI' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l requested-token-type -d 'Type of the token that is wanted for it' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l authorization-details -d 'What is asked for in detail, as JSON or @FILE (RFC 9396)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l redirect-uri -d 'Where the browser comes back to; http://127.0.0.1/callback if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l listen -d 'Address to listen on instead, for containers and port forwards' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l browser -d 'What opens the login page: auto, none, or a command, %s for the address or it last' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l login-timeout -d 'Time that the person has; 5m if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l prompt -d 'What the server is to do: login, consent, select_account, …' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l login-hint -d 'Who is going to log in, as a hint; --username if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l max-age -d 'How long ago the person may have proven who it is' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l acr-values -d 'How the person is to prove who it is' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l auth-param -d 'Further field of the authorization request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l response-mode -d 'How the browser brings the answer: query (the default) or form_post' -r -f -a "query\t''
form_post\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -s i -l client-id -d 'Client id' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l client-secret -d 'Client secret' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -s a -l auth-method -d 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post), private_key_jwt, client_secret_jwt, tls_client_auth, self_signed_tls_client_auth or none' -r -f -a "client_secret_basic\t''
client_secret_post\t''
private_key_jwt\t''
client_secret_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
none\t''
basic\t''
post\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l basic-encoding -d 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)' -r -f -a "form\t''
raw\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l client-assertion -d 'Ready-made assertion of the client; means -a private_key_jwt' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l dpop-key -d 'Private key of --dpop, which it means; a new one if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l signing-key -d 'Private key that assertions are signed with: PEM, DER, JWK or a Google service account' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l signer -d 'Command that signs instead: input on stdin, signature on stdout' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l signing-alg -d 'Algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384 or HS512; what goes with the key if not given' -r -f -a "RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
EdDSA\t''
Ed25519\t''
HS256\t''
HS384\t''
HS512\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l signing-cert -d 'Certificate of the signing key (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l key-id -d 'Id of the signing key, for kid; thumbprint is the key\'s own (RFC 7638)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l assertion-audience -d 'Whom assertions are for: issuer, token_endpoint or any text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l assertion-subject -d 'Whom the assertion of the jwt-bearer grant speaks of' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l assertion-claim -d 'Further claim of assertions; repeatable; NAME:=JSON for what is no text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l min-valid -d 'Reuse a kept token only if it lives at least this long' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -s H -l header -d 'Further header field of the token request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l connect-timeout -d 'Time to reach the server, TLS included; 10s if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l retry -d 'How often to try again where that can help; 2 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -s x -l proxy -d 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l cacert -d 'Trust the roots in this PEM file and no others' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l cert -d 'Client certificate (PEM); the file may hold the key too' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l key -d 'Key of the client certificate (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l har -d 'Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -s o -l output -d 'What to print: token (the default), json, header, curl, env, ttl or exec-credential' -r -f -a "token\t''
json\t''
header\t''
curl\t''
env\t''
ttl\t''
exec-credential\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l field -d 'Print one member of the answer instead, such as id_token or refresh_token' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l wrap -d 'Print a JSON object with the answer, as -o json prints it, under this name' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l for -d 'Call that -o header or curl makes a DPoP proof for; GET if no method is named' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l dpop-nonce -d 'Nonce that the API wants in that proof' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l env-name -d 'Variable that -o env sets; ACCESS_TOKEN if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l finish -d 'Finish what --begin began: the address where the browser ended comes on stdin' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l no-browser -d 'Open none: the address is printed'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l par -d 'Push the authorization request first (RFC 9126)'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l dpop -d 'Ask for a token that is bound to a key, and prove to have it (RFC 9449)'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l no-dpop -d 'Do not, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l cache -d 'Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l no-cache -d 'Do not use the cache, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l force-new -d 'Go past a kept token, and keep the new one'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l insecure -d 'Accept any server certificate: whoever is in between can read the secret'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l dry-run -d 'Show the request, as HTTP or with -o curl as a command, and send nothing'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l strict -d 'Refuse every deviation from the standards that is otherwise tolerated'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l show-secrets -d 'Do not hide secrets and tokens in what -v and --dry-run show'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l mask -d 'Have GitHub Actions hide the token in its logs'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l device -d 'By a code that is entered on another device (RFC 8628), whatever the profile\'s grant is'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l qr -d 'Draw the address of --device as a QR code'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l open -d 'Open a browser here for --device as well'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -l begin -d 'Begin alone: print id and address as JSON'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and not __fish_seen_subcommand_from status" -f -a "status" -d 'Print whose logins are kept and how long they last; exit 9 where one has ended'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -s p -l profile -d 'Profile: a name from the config file, or a path; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l config -d 'Config file to read' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l token-endpoint -l token-url -d 'Token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l issuer -d 'Issuer whose metadata names the token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -s g -l grant-type -d 'Grant: client_credentials (the default), password, refresh_token, authorization_code, device_code, jwt-bearer, saml2-bearer, token-exchange or any other name' -r -f -a "client_credentials\t''
password\t''
refresh_token\t''
authorization_code\t''
device_code\t''
jwt-bearer\t''
saml2-bearer\t''
token-exchange\t''
urn:ietf:params:oauth:grant-type:device_code\t''
urn:ietf:params:oauth:grant-type:jwt-bearer\t''
urn:ietf:params:oauth:grant-type:saml2-bearer\t''
urn:ietf:params:oauth:grant-type:token-exchange\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -s s -l scope -d 'Scope to ask for; repeatable, and each may hold several' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l audience -d 'Service the token is for; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l resource -d 'Resource the token is for, an absolute URI (RFC 8707); repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l param -d 'Further form field; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -s u -l username -d 'User of the password grant, or whose login it is to be' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l password -d 'Password of the password grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l refresh-token -d 'Refresh token of the refresh_token grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l assertion -d 'Ready-made assertion of the jwt-bearer or saml2-bearer grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l subject-token -d 'Token to trade, of the token-exchange grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l subject-token-type -d 'Its type: access_token (the default), refresh_token, id_token, jwt, saml1, saml2 or a URI' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l requested-token-type -d 'Type of the token that is wanted for it' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l authorization-details -d 'What is asked for in detail, as JSON or @FILE (RFC 9396)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -s i -l client-id -d 'Client id' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l client-secret -d 'Client secret' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -s a -l auth-method -d 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post), private_key_jwt, client_secret_jwt, tls_client_auth, self_signed_tls_client_auth or none' -r -f -a "client_secret_basic\t''
client_secret_post\t''
private_key_jwt\t''
client_secret_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
none\t''
basic\t''
post\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l basic-encoding -d 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)' -r -f -a "form\t''
raw\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l client-assertion -d 'Ready-made assertion of the client; means -a private_key_jwt' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l dpop-key -d 'Private key of --dpop, which it means; a new one if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l signing-key -d 'Private key that assertions are signed with: PEM, DER, JWK or a Google service account' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l signer -d 'Command that signs instead: input on stdin, signature on stdout' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l signing-alg -d 'Algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384 or HS512; what goes with the key if not given' -r -f -a "RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
EdDSA\t''
Ed25519\t''
HS256\t''
HS384\t''
HS512\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l signing-cert -d 'Certificate of the signing key (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l key-id -d 'Id of the signing key, for kid; thumbprint is the key\'s own (RFC 7638)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l assertion-audience -d 'Whom assertions are for: issuer, token_endpoint or any text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l assertion-subject -d 'Whom the assertion of the jwt-bearer grant speaks of' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l assertion-claim -d 'Further claim of assertions; repeatable; NAME:=JSON for what is no text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l min-valid -d 'Reuse a kept token only if it lives at least this long' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -s H -l header -d 'Further header field of the token request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l connect-timeout -d 'Time to reach the server, TLS included; 10s if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l retry -d 'How often to try again where that can help; 2 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -s x -l proxy -d 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l cacert -d 'Trust the roots in this PEM file and no others' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l cert -d 'Client certificate (PEM); the file may hold the key too' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l key -d 'Key of the client certificate (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l har -d 'Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l auth-param -d 'Further field of the authorization request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l acr-values -d 'How the person is to prove who it is' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -s o -l output -d 'What to print: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l dpop -d 'Ask for a token that is bound to a key, and prove to have it (RFC 9449)'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l no-dpop -d 'Do not, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l cache -d 'Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l no-cache -d 'Do not use the cache, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l force-new -d 'Go past a kept token, and keep the new one'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l insecure -d 'Accept any server certificate: whoever is in between can read the secret'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l dry-run -d 'Show the request, as HTTP or with -o curl as a command, and send nothing'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l strict -d 'Refuse every deviation from the standards that is otherwise tolerated'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -l show-secrets -d 'Do not hide secrets and tokens in what -v and --dry-run show'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand login; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -s p -l profile -d 'Profile: a name from the config file, or a path; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l config -d 'Config file to read' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l token-endpoint -l token-url -d 'Token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l issuer -d 'Issuer whose metadata names the token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -s g -l grant-type -d 'Grant: client_credentials (the default), password, refresh_token, authorization_code, device_code, jwt-bearer, saml2-bearer, token-exchange or any other name' -r -f -a "client_credentials\t''
password\t''
refresh_token\t''
authorization_code\t''
device_code\t''
jwt-bearer\t''
saml2-bearer\t''
token-exchange\t''
urn:ietf:params:oauth:grant-type:device_code\t''
urn:ietf:params:oauth:grant-type:jwt-bearer\t''
urn:ietf:params:oauth:grant-type:saml2-bearer\t''
urn:ietf:params:oauth:grant-type:token-exchange\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -s s -l scope -d 'Scope to ask for; repeatable, and each may hold several' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l audience -d 'Service the token is for; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l resource -d 'Resource the token is for, an absolute URI (RFC 8707); repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l param -d 'Further form field; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -s u -l username -d 'User of the password grant, or whose login it is to be' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l password -d 'Password of the password grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l refresh-token -d 'Refresh token of the refresh_token grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l assertion -d 'Ready-made assertion of the jwt-bearer or saml2-bearer grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l subject-token -d 'Token to trade, of the token-exchange grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l subject-token-type -d 'Its type: access_token (the default), refresh_token, id_token, jwt, saml1, saml2 or a URI' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l requested-token-type -d 'Type of the token that is wanted for it' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l authorization-details -d 'What is asked for in detail, as JSON or @FILE (RFC 9396)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -s i -l client-id -d 'Client id' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l client-secret -d 'Client secret' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -s a -l auth-method -d 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post), private_key_jwt, client_secret_jwt, tls_client_auth, self_signed_tls_client_auth or none' -r -f -a "client_secret_basic\t''
client_secret_post\t''
private_key_jwt\t''
client_secret_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
none\t''
basic\t''
post\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l basic-encoding -d 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)' -r -f -a "form\t''
raw\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l client-assertion -d 'Ready-made assertion of the client; means -a private_key_jwt' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l dpop-key -d 'Private key of --dpop, which it means; a new one if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l signing-key -d 'Private key that assertions are signed with: PEM, DER, JWK or a Google service account' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l signer -d 'Command that signs instead: input on stdin, signature on stdout' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l signing-alg -d 'Algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384 or HS512; what goes with the key if not given' -r -f -a "RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
EdDSA\t''
Ed25519\t''
HS256\t''
HS384\t''
HS512\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l signing-cert -d 'Certificate of the signing key (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l key-id -d 'Id of the signing key, for kid; thumbprint is the key\'s own (RFC 7638)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l assertion-audience -d 'Whom assertions are for: issuer, token_endpoint or any text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l assertion-subject -d 'Whom the assertion of the jwt-bearer grant speaks of' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l assertion-claim -d 'Further claim of assertions; repeatable; NAME:=JSON for what is no text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l min-valid -d 'Reuse a kept token only if it lives at least this long' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -s H -l header -d 'Further header field of the token request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l connect-timeout -d 'Time to reach the server, TLS included; 10s if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l retry -d 'How often to try again where that can help; 2 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -s x -l proxy -d 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l cacert -d 'Trust the roots in this PEM file and no others' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l cert -d 'Client certificate (PEM); the file may hold the key too' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l key -d 'Key of the client certificate (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l har -d 'Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l auth-param -d 'Further field of the authorization request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l acr-values -d 'How the person is to prove who it is' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l dpop -d 'Ask for a token that is bound to a key, and prove to have it (RFC 9449)'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l no-dpop -d 'Do not, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l cache -d 'Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l no-cache -d 'Do not use the cache, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l force-new -d 'Go past a kept token, and keep the new one'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l insecure -d 'Accept any server certificate: whoever is in between can read the secret'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l dry-run -d 'Show the request, as HTTP or with -o curl as a command, and send nothing'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l strict -d 'Refuse every deviation from the standards that is otherwise tolerated'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l show-secrets -d 'Do not hide secrets and tokens in what -v and --dry-run show'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l all -d 'Those of every profile, and whatever else is kept'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -l local -d 'Forget it here, and tell the server nothing'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -s p -l profile -d 'Profile to use: a name from the config file, or a path to a file with one profile' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l config -d 'Config file to read' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l token-endpoint -l token-url -d 'Token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l issuer -d 'Issuer whose metadata names the token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -s g -l grant-type -d 'Grant: client_credentials (the default), password, refresh_token, authorization_code, device_code, jwt-bearer, saml2-bearer, token-exchange or any other name' -r -f -a "client_credentials\t''
password\t''
refresh_token\t''
authorization_code\t''
device_code\t''
jwt-bearer\t''
saml2-bearer\t''
token-exchange\t''
urn:ietf:params:oauth:grant-type:device_code\t''
urn:ietf:params:oauth:grant-type:jwt-bearer\t''
urn:ietf:params:oauth:grant-type:saml2-bearer\t''
urn:ietf:params:oauth:grant-type:token-exchange\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -s s -l scope -d 'Scope to ask for; repeatable, and each may hold several' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l audience -d 'Service the token is for; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l resource -d 'Resource the token is for, an absolute URI (RFC 8707); repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l param -d 'Further form field; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -s u -l username -d 'User of the password grant, or whose login it is to be' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l password -d 'Password of the password grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l refresh-token -d 'Refresh token of the refresh_token grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l assertion -d 'Ready-made assertion of the jwt-bearer or saml2-bearer grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l subject-token -d 'Token to trade, of the token-exchange grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l subject-token-type -d 'Its type: access_token (the default), refresh_token, id_token, jwt, saml1, saml2 or a URI' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l requested-token-type -d 'Type of the token that is wanted for it' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l authorization-details -d 'What is asked for in detail, as JSON or @FILE (RFC 9396)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -s i -l client-id -d 'Client id' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l client-secret -d 'Client secret' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -s a -l auth-method -d 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post), private_key_jwt, client_secret_jwt, tls_client_auth, self_signed_tls_client_auth or none' -r -f -a "client_secret_basic\t''
client_secret_post\t''
private_key_jwt\t''
client_secret_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
none\t''
basic\t''
post\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l basic-encoding -d 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)' -r -f -a "form\t''
raw\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l client-assertion -d 'Ready-made assertion of the client; means -a private_key_jwt' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l dpop-key -d 'Private key of --dpop, which it means; a new one if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l signing-key -d 'Private key that assertions are signed with: PEM, DER, JWK or a Google service account' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l signer -d 'Command that signs instead: input on stdin, signature on stdout' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l signing-alg -d 'Algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384 or HS512; what goes with the key if not given' -r -f -a "RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
EdDSA\t''
Ed25519\t''
HS256\t''
HS384\t''
HS512\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l signing-cert -d 'Certificate of the signing key (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l key-id -d 'Id of the signing key, for kid; thumbprint is the key\'s own (RFC 7638)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l assertion-audience -d 'Whom assertions are for: issuer, token_endpoint or any text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l assertion-subject -d 'Whom the assertion of the jwt-bearer grant speaks of' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l assertion-claim -d 'Further claim of assertions; repeatable; NAME:=JSON for what is no text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l min-valid -d 'Reuse a kept token only if it lives at least this long' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l connect-timeout -d 'Time to reach the server, TLS included; 10s if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l retry -d 'How often to try again where that can help; 2 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -s x -l proxy -d 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l cacert -d 'Trust the roots in this PEM file and no others' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l cert -d 'Client certificate (PEM); the file may hold the key too' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l key -d 'Key of the client certificate (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l har -d 'Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -s d -l data -d 'Body: text, @FILE, or @- for stdin' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l json -d 'Body that is JSON: text, @FILE, or @- for stdin' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l content-type -d 'Content-Type of the body' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l base-url -d 'URL that relative URLs are joined to' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l retries-401 -d 'How often a 401 leads to a new token, past the cache, and another attempt; 1 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l fail-on -d 'Statuses that are failures: all (400 and above, the default), except-not-found, never, or ranges' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -s o -l output -d 'What to print: body (the default), or json with statusCode, HTTPHeaders and responseBody' -r -f -a "body\t''
json\t''
curl\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -s H -l header -d 'Header field of the API call; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l dpop -d 'Ask for a token that is bound to a key, and prove to have it (RFC 9449)'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l no-dpop -d 'Do not, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l cache -d 'Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l no-cache -d 'Do not use the cache, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l force-new -d 'Go past a kept token, and keep the new one'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l insecure -d 'Accept any server certificate: whoever is in between can read the secret'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l dry-run -d 'Show the request, as HTTP or with -o curl as a command, and send nothing'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l strict -d 'Refuse every deviation from the standards that is otherwise tolerated'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l show-secrets -d 'Do not hide secrets and tokens in what -v and --dry-run show'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -l allow-other-origin -d 'Let the token go to an absolute URL of another origin than --base-url\'s'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand request" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -s p -l profile -d 'Profile to use: a name from the config file, or a path to a file with one profile' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l config -d 'Config file to read' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l token-endpoint -l token-url -d 'Token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l issuer -d 'Issuer whose metadata names the token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -s g -l grant-type -d 'Grant: client_credentials (the default), password, refresh_token, authorization_code, device_code, jwt-bearer, saml2-bearer, token-exchange or any other name' -r -f -a "client_credentials\t''
password\t''
refresh_token\t''
authorization_code\t''
device_code\t''
jwt-bearer\t''
saml2-bearer\t''
token-exchange\t''
urn:ietf:params:oauth:grant-type:device_code\t''
urn:ietf:params:oauth:grant-type:jwt-bearer\t''
urn:ietf:params:oauth:grant-type:saml2-bearer\t''
urn:ietf:params:oauth:grant-type:token-exchange\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -s s -l scope -d 'Scope to ask for; repeatable, and each may hold several' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l audience -d 'Service the token is for; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l resource -d 'Resource the token is for, an absolute URI (RFC 8707); repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l param -d 'Further form field; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -s u -l username -d 'User of the password grant, or whose login it is to be' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l password -d 'Password of the password grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l refresh-token -d 'Refresh token of the refresh_token grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l assertion -d 'Ready-made assertion of the jwt-bearer or saml2-bearer grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l subject-token -d 'Token to trade, of the token-exchange grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l subject-token-type -d 'Its type: access_token (the default), refresh_token, id_token, jwt, saml1, saml2 or a URI' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l requested-token-type -d 'Type of the token that is wanted for it' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l authorization-details -d 'What is asked for in detail, as JSON or @FILE (RFC 9396)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -s i -l client-id -d 'Client id' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l client-secret -d 'Client secret' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -s a -l auth-method -d 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post), private_key_jwt, client_secret_jwt, tls_client_auth, self_signed_tls_client_auth or none' -r -f -a "client_secret_basic\t''
client_secret_post\t''
private_key_jwt\t''
client_secret_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
none\t''
basic\t''
post\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l basic-encoding -d 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)' -r -f -a "form\t''
raw\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l client-assertion -d 'Ready-made assertion of the client; means -a private_key_jwt' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l dpop-key -d 'Private key of --dpop, which it means; a new one if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l signing-key -d 'Private key that assertions are signed with: PEM, DER, JWK or a Google service account' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l signer -d 'Command that signs instead: input on stdin, signature on stdout' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l signing-alg -d 'Algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384 or HS512; what goes with the key if not given' -r -f -a "RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
EdDSA\t''
Ed25519\t''
HS256\t''
HS384\t''
HS512\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l signing-cert -d 'Certificate of the signing key (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l key-id -d 'Id of the signing key, for kid; thumbprint is the key\'s own (RFC 7638)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l assertion-audience -d 'Whom assertions are for: issuer, token_endpoint or any text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l assertion-subject -d 'Whom the assertion of the jwt-bearer grant speaks of' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l assertion-claim -d 'Further claim of assertions; repeatable; NAME:=JSON for what is no text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l min-valid -d 'Reuse a kept token only if it lives at least this long' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -s H -l header -d 'Further header field of the token request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l connect-timeout -d 'Time to reach the server, TLS included; 10s if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l retry -d 'How often to try again where that can help; 2 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -s x -l proxy -d 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l cacert -d 'Trust the roots in this PEM file and no others' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l cert -d 'Client certificate (PEM); the file may hold the key too' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l key -d 'Key of the client certificate (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l har -d 'Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l env-name -d 'Variable that holds the token for the command; ACCESS_TOKEN if not given; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l token-file -d 'Keep a fresh token in a file while the command runs, and its path in $BEARER_TOKEN_FILE' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l dpop -d 'Ask for a token that is bound to a key, and prove to have it (RFC 9449)'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l no-dpop -d 'Do not, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l cache -d 'Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l no-cache -d 'Do not use the cache, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l force-new -d 'Go past a kept token, and keep the new one'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l insecure -d 'Accept any server certificate: whoever is in between can read the secret'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l dry-run -d 'Show the request, as HTTP or with -o curl as a command, and send nothing'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l strict -d 'Refuse every deviation from the standards that is otherwise tolerated'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -l show-secrets -d 'Do not hide secrets and tokens in what -v and --dry-run show'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand exec" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -s p -l profile -d 'Profile to use: a name from the config file, or a path to a file with one profile' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l config -d 'Config file to read' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l token-endpoint -l token-url -d 'Token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l issuer -d 'Issuer whose metadata names the token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -s g -l grant-type -d 'Grant: client_credentials (the default), password, refresh_token, authorization_code, device_code, jwt-bearer, saml2-bearer, token-exchange or any other name' -r -f -a "client_credentials\t''
password\t''
refresh_token\t''
authorization_code\t''
device_code\t''
jwt-bearer\t''
saml2-bearer\t''
token-exchange\t''
urn:ietf:params:oauth:grant-type:device_code\t''
urn:ietf:params:oauth:grant-type:jwt-bearer\t''
urn:ietf:params:oauth:grant-type:saml2-bearer\t''
urn:ietf:params:oauth:grant-type:token-exchange\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -s s -l scope -d 'Scope to ask for; repeatable, and each may hold several' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l audience -d 'Service the token is for; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l resource -d 'Resource the token is for, an absolute URI (RFC 8707); repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l param -d 'Further form field; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -s u -l username -d 'User of the password grant, or whose login it is to be' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l password -d 'Password of the password grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l refresh-token -d 'Refresh token of the refresh_token grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l assertion -d 'Ready-made assertion of the jwt-bearer or saml2-bearer grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l subject-token -d 'Token to trade, of the token-exchange grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l subject-token-type -d 'Its type: access_token (the default), refresh_token, id_token, jwt, saml1, saml2 or a URI' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l requested-token-type -d 'Type of the token that is wanted for it' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l authorization-details -d 'What is asked for in detail, as JSON or @FILE (RFC 9396)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -s i -l client-id -d 'Client id' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l client-secret -d 'Client secret' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -s a -l auth-method -d 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post), private_key_jwt, client_secret_jwt, tls_client_auth, self_signed_tls_client_auth or none' -r -f -a "client_secret_basic\t''
client_secret_post\t''
private_key_jwt\t''
client_secret_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
none\t''
basic\t''
post\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l basic-encoding -d 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)' -r -f -a "form\t''
raw\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l client-assertion -d 'Ready-made assertion of the client; means -a private_key_jwt' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l dpop-key -d 'Private key of --dpop, which it means; a new one if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l signing-key -d 'Private key that assertions are signed with: PEM, DER, JWK or a Google service account' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l signer -d 'Command that signs instead: input on stdin, signature on stdout' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l signing-alg -d 'Algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384 or HS512; what goes with the key if not given' -r -f -a "RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
EdDSA\t''
Ed25519\t''
HS256\t''
HS384\t''
HS512\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l signing-cert -d 'Certificate of the signing key (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l key-id -d 'Id of the signing key, for kid; thumbprint is the key\'s own (RFC 7638)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l assertion-audience -d 'Whom assertions are for: issuer, token_endpoint or any text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l assertion-subject -d 'Whom the assertion of the jwt-bearer grant speaks of' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l assertion-claim -d 'Further claim of assertions; repeatable; NAME:=JSON for what is no text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l min-valid -d 'Reuse a kept token only if it lives at least this long' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -s H -l header -d 'Further header field of the token request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l connect-timeout -d 'Time to reach the server, TLS included; 10s if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l retry -d 'How often to try again where that can help; 2 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -s x -l proxy -d 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l cacert -d 'Trust the roots in this PEM file and no others' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l cert -d 'Client certificate (PEM); the file may hold the key too' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l key -d 'Key of the client certificate (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l har -d 'Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l map -d 'Member of a message that overrides a setting; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l into -d 'Member that the token goes into; \'token\' if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l parts -d 'Process only these messages, counted from 0, or from the end with -1; the rest pass unchanged' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -s o -l output -d 'What to print: message (the default), or token for bare tokens, one line each' -r -f -a "message\t''
token\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -s j -l jobs -d 'How many requests may be under way at a time; 8 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l rate -d 'At most so many requests in a time, such as 50/s or 600/m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l progress -d 'How progress is told on stderr: bar (the default on a terminal), plain for a line every few seconds, or none' -r -f -a "bar\t''
plain\t''
none\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l dpop -d 'Ask for a token that is bound to a key, and prove to have it (RFC 9449)'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l no-dpop -d 'Do not, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l cache -d 'Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l no-cache -d 'Do not use the cache, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l force-new -d 'Go past a kept token, and keep the new one'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l insecure -d 'Accept any server certificate: whoever is in between can read the secret'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l dry-run -d 'Show the request, as HTTP or with -o curl as a command, and send nothing'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l strict -d 'Refuse every deviation from the standards that is otherwise tolerated'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l show-secrets -d 'Do not hide secrets and tokens in what -v and --dry-run show'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -l as-string -d 'Put the token in as text that holds JSON, instead of as an object'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand batch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l as -d 'What it must be: auto (the default: what it says), access_token (RFC 9068) or id_token' -r -f -a "auto\t''
access_token\t''
id_token\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l jwks -d 'Keys to verify with, a JWK Set; in a FILE also secrets, for HS256-512' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l nonce -d 'What an ID token must repeat' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l leeway -d 'How far two clocks may differ (30s if not given)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l require-scope -d 'Scope that it must have; repeatable, all of them' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l require-aud -d 'Audience that it must be for; repeatable, one of them' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l min-ttl -d 'Time that it must be good for from now on' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -s o -l output -d 'What to print: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -s p -l profile -d 'Profile to use: a name from the config file, or a path to a file with one profile' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l config -d 'Config file to read' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l issuer -d 'Issuer whose metadata names the token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -s i -l client-id -d 'Client id' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l client-secret -d 'Client secret' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l connect-timeout -d 'Time to reach the server, TLS included; 10s if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l retry -d 'How often to try again where that can help; 2 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -s x -l proxy -d 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l cacert -d 'Trust the roots in this PEM file and no others' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l cert -d 'Client certificate (PEM); the file may hold the key too' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l key -d 'Key of the client certificate (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l har -d 'Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l verify -d 'Verify it with the keys of the issuer, or of --jwks'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l insecure -d 'Accept any server certificate: whoever is in between can read the secret'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l show-secrets -d 'Do not hide secrets and tokens in what -v and --dry-run show'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -l dry-run -d 'Show the request, as HTTP or with -o curl as a command, and send nothing'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l token-type-hint -d 'What kind of token it is, such as refresh_token' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l bearer -d 'Token that says who asks, instead of a client; no client setting is needed then' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l require-scope -d 'Scope that it must have; repeatable, all of them' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l require-aud -d 'Audience that it must be for; repeatable, one of them' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l min-ttl -d 'Time that it must be good for from now on' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -s o -l output -d 'What to print: json (the default), or curl, with --dry-run: a command that sends the same request' -r -f -a "json\t''
curl\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -s p -l profile -d 'Profile to use: a name from the config file, or a path to a file with one profile' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l config -d 'Config file to read' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l token-endpoint -l token-url -d 'Token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l issuer -d 'Issuer whose metadata names the token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -s g -l grant-type -d 'Grant: client_credentials (the default), password, refresh_token, authorization_code, device_code, jwt-bearer, saml2-bearer, token-exchange or any other name' -r -f -a "client_credentials\t''
password\t''
refresh_token\t''
authorization_code\t''
device_code\t''
jwt-bearer\t''
saml2-bearer\t''
token-exchange\t''
urn:ietf:params:oauth:grant-type:device_code\t''
urn:ietf:params:oauth:grant-type:jwt-bearer\t''
urn:ietf:params:oauth:grant-type:saml2-bearer\t''
urn:ietf:params:oauth:grant-type:token-exchange\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -s s -l scope -d 'Scope to ask for; repeatable, and each may hold several' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l audience -d 'Service the token is for; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l resource -d 'Resource the token is for, an absolute URI (RFC 8707); repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l param -d 'Further form field; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -s u -l username -d 'User of the password grant, or whose login it is to be' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l password -d 'Password of the password grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l refresh-token -d 'Refresh token of the refresh_token grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l assertion -d 'Ready-made assertion of the jwt-bearer or saml2-bearer grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l subject-token -d 'Token to trade, of the token-exchange grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l subject-token-type -d 'Its type: access_token (the default), refresh_token, id_token, jwt, saml1, saml2 or a URI' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l requested-token-type -d 'Type of the token that is wanted for it' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l authorization-details -d 'What is asked for in detail, as JSON or @FILE (RFC 9396)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -s i -l client-id -d 'Client id' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l client-secret -d 'Client secret' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -s a -l auth-method -d 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post), private_key_jwt, client_secret_jwt, tls_client_auth, self_signed_tls_client_auth or none' -r -f -a "client_secret_basic\t''
client_secret_post\t''
private_key_jwt\t''
client_secret_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
none\t''
basic\t''
post\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l basic-encoding -d 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)' -r -f -a "form\t''
raw\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l client-assertion -d 'Ready-made assertion of the client; means -a private_key_jwt' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l dpop-key -d 'Private key of --dpop, which it means; a new one if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l signing-key -d 'Private key that assertions are signed with: PEM, DER, JWK or a Google service account' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l signer -d 'Command that signs instead: input on stdin, signature on stdout' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l signing-alg -d 'Algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384 or HS512; what goes with the key if not given' -r -f -a "RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
EdDSA\t''
Ed25519\t''
HS256\t''
HS384\t''
HS512\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l signing-cert -d 'Certificate of the signing key (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l key-id -d 'Id of the signing key, for kid; thumbprint is the key\'s own (RFC 7638)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l assertion-audience -d 'Whom assertions are for: issuer, token_endpoint or any text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l assertion-subject -d 'Whom the assertion of the jwt-bearer grant speaks of' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l assertion-claim -d 'Further claim of assertions; repeatable; NAME:=JSON for what is no text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l min-valid -d 'Reuse a kept token only if it lives at least this long' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -s H -l header -d 'Further header field of the token request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l connect-timeout -d 'Time to reach the server, TLS included; 10s if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l retry -d 'How often to try again where that can help; 2 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -s x -l proxy -d 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l cacert -d 'Trust the roots in this PEM file and no others' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l cert -d 'Client certificate (PEM); the file may hold the key too' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l key -d 'Key of the client certificate (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l har -d 'Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l introspection-endpoint -d 'Where the server tells of a token, whatever metadata says' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l jwks-uri -d 'Where the server\'s keys are, whatever metadata says' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l jwt-response -d 'Ask for a signed answer, and verify it (RFC 9701)'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l require-active -d 'It must be active'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l dpop -d 'Ask for a token that is bound to a key, and prove to have it (RFC 9449)'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l no-dpop -d 'Do not, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l cache -d 'Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l no-cache -d 'Do not use the cache, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l force-new -d 'Go past a kept token, and keep the new one'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l insecure -d 'Accept any server certificate: whoever is in between can read the secret'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l dry-run -d 'Show the request, as HTTP or with -o curl as a command, and send nothing'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l strict -d 'Refuse every deviation from the standards that is otherwise tolerated'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -l show-secrets -d 'Do not hide secrets and tokens in what -v and --dry-run show'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand introspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l token-type-hint -d 'What kind of token it is: access_token or refresh_token' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -s o -l output -d 'What to print: curl, with --dry-run: a command that sends the same request' -r -f -a "curl\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -s p -l profile -d 'Profile to use: a name from the config file, or a path to a file with one profile' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l config -d 'Config file to read' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l token-endpoint -l token-url -d 'Token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l issuer -d 'Issuer whose metadata names the token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -s g -l grant-type -d 'Grant: client_credentials (the default), password, refresh_token, authorization_code, device_code, jwt-bearer, saml2-bearer, token-exchange or any other name' -r -f -a "client_credentials\t''
password\t''
refresh_token\t''
authorization_code\t''
device_code\t''
jwt-bearer\t''
saml2-bearer\t''
token-exchange\t''
urn:ietf:params:oauth:grant-type:device_code\t''
urn:ietf:params:oauth:grant-type:jwt-bearer\t''
urn:ietf:params:oauth:grant-type:saml2-bearer\t''
urn:ietf:params:oauth:grant-type:token-exchange\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -s s -l scope -d 'Scope to ask for; repeatable, and each may hold several' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l audience -d 'Service the token is for; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l resource -d 'Resource the token is for, an absolute URI (RFC 8707); repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l param -d 'Further form field; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -s u -l username -d 'User of the password grant, or whose login it is to be' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l password -d 'Password of the password grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l refresh-token -d 'Refresh token of the refresh_token grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l assertion -d 'Ready-made assertion of the jwt-bearer or saml2-bearer grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l subject-token -d 'Token to trade, of the token-exchange grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l subject-token-type -d 'Its type: access_token (the default), refresh_token, id_token, jwt, saml1, saml2 or a URI' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l requested-token-type -d 'Type of the token that is wanted for it' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l authorization-details -d 'What is asked for in detail, as JSON or @FILE (RFC 9396)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -s i -l client-id -d 'Client id' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l client-secret -d 'Client secret' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -s a -l auth-method -d 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post), private_key_jwt, client_secret_jwt, tls_client_auth, self_signed_tls_client_auth or none' -r -f -a "client_secret_basic\t''
client_secret_post\t''
private_key_jwt\t''
client_secret_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
none\t''
basic\t''
post\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l basic-encoding -d 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)' -r -f -a "form\t''
raw\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l client-assertion -d 'Ready-made assertion of the client; means -a private_key_jwt' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l dpop-key -d 'Private key of --dpop, which it means; a new one if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l signing-key -d 'Private key that assertions are signed with: PEM, DER, JWK or a Google service account' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l signer -d 'Command that signs instead: input on stdin, signature on stdout' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l signing-alg -d 'Algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384 or HS512; what goes with the key if not given' -r -f -a "RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
EdDSA\t''
Ed25519\t''
HS256\t''
HS384\t''
HS512\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l signing-cert -d 'Certificate of the signing key (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l key-id -d 'Id of the signing key, for kid; thumbprint is the key\'s own (RFC 7638)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l assertion-audience -d 'Whom assertions are for: issuer, token_endpoint or any text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l assertion-subject -d 'Whom the assertion of the jwt-bearer grant speaks of' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l assertion-claim -d 'Further claim of assertions; repeatable; NAME:=JSON for what is no text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l min-valid -d 'Reuse a kept token only if it lives at least this long' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -s H -l header -d 'Further header field of the token request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l connect-timeout -d 'Time to reach the server, TLS included; 10s if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l retry -d 'How often to try again where that can help; 2 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -s x -l proxy -d 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l cacert -d 'Trust the roots in this PEM file and no others' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l cert -d 'Client certificate (PEM); the file may hold the key too' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l key -d 'Key of the client certificate (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l har -d 'Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l revocation-endpoint -d 'Where tokens are revoked, whatever metadata says' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l kept -d 'End the tokens that are kept with these settings, and forget them'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l dpop -d 'Ask for a token that is bound to a key, and prove to have it (RFC 9449)'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l no-dpop -d 'Do not, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l cache -d 'Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l no-cache -d 'Do not use the cache, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l force-new -d 'Go past a kept token, and keep the new one'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l insecure -d 'Accept any server certificate: whoever is in between can read the secret'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l dry-run -d 'Show the request, as HTTP or with -o curl as a command, and send nothing'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l strict -d 'Refuse every deviation from the standards that is otherwise tolerated'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -l show-secrets -d 'Do not hide secrets and tokens in what -v and --dry-run show'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -s o -l output -d 'What to print: json (the default), or curl, with --dry-run: a command that sends the same request' -r -f -a "json\t''
curl\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -s p -l profile -d 'Profile to use: a name from the config file, or a path to a file with one profile' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l config -d 'Config file to read' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l token-endpoint -l token-url -d 'Token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l issuer -d 'Issuer whose metadata names the token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -s g -l grant-type -d 'Grant: client_credentials (the default), password, refresh_token, authorization_code, device_code, jwt-bearer, saml2-bearer, token-exchange or any other name' -r -f -a "client_credentials\t''
password\t''
refresh_token\t''
authorization_code\t''
device_code\t''
jwt-bearer\t''
saml2-bearer\t''
token-exchange\t''
urn:ietf:params:oauth:grant-type:device_code\t''
urn:ietf:params:oauth:grant-type:jwt-bearer\t''
urn:ietf:params:oauth:grant-type:saml2-bearer\t''
urn:ietf:params:oauth:grant-type:token-exchange\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -s s -l scope -d 'Scope to ask for; repeatable, and each may hold several' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l audience -d 'Service the token is for; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l resource -d 'Resource the token is for, an absolute URI (RFC 8707); repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l param -d 'Further form field; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -s u -l username -d 'User of the password grant, or whose login it is to be' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l password -d 'Password of the password grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l refresh-token -d 'Refresh token of the refresh_token grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l assertion -d 'Ready-made assertion of the jwt-bearer or saml2-bearer grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l subject-token -d 'Token to trade, of the token-exchange grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l subject-token-type -d 'Its type: access_token (the default), refresh_token, id_token, jwt, saml1, saml2 or a URI' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l requested-token-type -d 'Type of the token that is wanted for it' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l authorization-details -d 'What is asked for in detail, as JSON or @FILE (RFC 9396)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -s i -l client-id -d 'Client id' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l client-secret -d 'Client secret' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -s a -l auth-method -d 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post), private_key_jwt, client_secret_jwt, tls_client_auth, self_signed_tls_client_auth or none' -r -f -a "client_secret_basic\t''
client_secret_post\t''
private_key_jwt\t''
client_secret_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
none\t''
basic\t''
post\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l basic-encoding -d 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)' -r -f -a "form\t''
raw\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l client-assertion -d 'Ready-made assertion of the client; means -a private_key_jwt' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l dpop-key -d 'Private key of --dpop, which it means; a new one if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l signing-key -d 'Private key that assertions are signed with: PEM, DER, JWK or a Google service account' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l signer -d 'Command that signs instead: input on stdin, signature on stdout' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l signing-alg -d 'Algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384 or HS512; what goes with the key if not given' -r -f -a "RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
EdDSA\t''
Ed25519\t''
HS256\t''
HS384\t''
HS512\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l signing-cert -d 'Certificate of the signing key (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l key-id -d 'Id of the signing key, for kid; thumbprint is the key\'s own (RFC 7638)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l assertion-audience -d 'Whom assertions are for: issuer, token_endpoint or any text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l assertion-subject -d 'Whom the assertion of the jwt-bearer grant speaks of' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l assertion-claim -d 'Further claim of assertions; repeatable; NAME:=JSON for what is no text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l min-valid -d 'Reuse a kept token only if it lives at least this long' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -s H -l header -d 'Further header field of the token request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l connect-timeout -d 'Time to reach the server, TLS included; 10s if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l retry -d 'How often to try again where that can help; 2 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -s x -l proxy -d 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l cacert -d 'Trust the roots in this PEM file and no others' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l cert -d 'Client certificate (PEM); the file may hold the key too' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l key -d 'Key of the client certificate (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l har -d 'Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l userinfo-endpoint -d 'Where the server tells who logged in, whatever metadata says' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l jwks-uri -d 'Where the server\'s keys are, whatever metadata says' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l retries-401 -d 'How often a 401 leads to a new token, past the cache, and another attempt; 1 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l fail-on -d 'Statuses that are failures: all (400 and above, the default), except-not-found, never, or ranges' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l dpop -d 'Ask for a token that is bound to a key, and prove to have it (RFC 9449)'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l no-dpop -d 'Do not, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l cache -d 'Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l no-cache -d 'Do not use the cache, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l force-new -d 'Go past a kept token, and keep the new one'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l insecure -d 'Accept any server certificate: whoever is in between can read the secret'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l dry-run -d 'Show the request, as HTTP or with -o curl as a command, and send nothing'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l strict -d 'Refuse every deviation from the standards that is otherwise tolerated'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -l show-secrets -d 'Do not hide secrets and tokens in what -v and --dry-run show'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand userinfo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -s p -l profile -d 'Profile to use: a name from the config file, or a path to a file with one profile' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l config -d 'Config file to read' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l token-endpoint -l token-url -d 'Token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l issuer -d 'Issuer whose metadata names the token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -s g -l grant-type -d 'Grant: client_credentials (the default), password, refresh_token, authorization_code, device_code, jwt-bearer, saml2-bearer, token-exchange or any other name' -r -f -a "client_credentials\t''
password\t''
refresh_token\t''
authorization_code\t''
device_code\t''
jwt-bearer\t''
saml2-bearer\t''
token-exchange\t''
urn:ietf:params:oauth:grant-type:device_code\t''
urn:ietf:params:oauth:grant-type:jwt-bearer\t''
urn:ietf:params:oauth:grant-type:saml2-bearer\t''
urn:ietf:params:oauth:grant-type:token-exchange\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -s s -l scope -d 'Scope to ask for; repeatable, and each may hold several' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l audience -d 'Service the token is for; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l resource -d 'Resource the token is for, an absolute URI (RFC 8707); repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l param -d 'Further form field; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -s u -l username -d 'User of the password grant, or whose login it is to be' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l password -d 'Password of the password grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l refresh-token -d 'Refresh token of the refresh_token grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l assertion -d 'Ready-made assertion of the jwt-bearer or saml2-bearer grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l subject-token -d 'Token to trade, of the token-exchange grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l subject-token-type -d 'Its type: access_token (the default), refresh_token, id_token, jwt, saml1, saml2 or a URI' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l requested-token-type -d 'Type of the token that is wanted for it' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l authorization-details -d 'What is asked for in detail, as JSON or @FILE (RFC 9396)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -s i -l client-id -d 'Client id' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l client-secret -d 'Client secret' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -s a -l auth-method -d 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post), private_key_jwt, client_secret_jwt, tls_client_auth, self_signed_tls_client_auth or none' -r -f -a "client_secret_basic\t''
client_secret_post\t''
private_key_jwt\t''
client_secret_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
none\t''
basic\t''
post\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l basic-encoding -d 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)' -r -f -a "form\t''
raw\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l client-assertion -d 'Ready-made assertion of the client; means -a private_key_jwt' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l dpop-key -d 'Private key of --dpop, which it means; a new one if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l signing-key -d 'Private key that assertions are signed with: PEM, DER, JWK or a Google service account' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l signer -d 'Command that signs instead: input on stdin, signature on stdout' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l signing-alg -d 'Algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384 or HS512; what goes with the key if not given' -r -f -a "RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
EdDSA\t''
Ed25519\t''
HS256\t''
HS384\t''
HS512\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l signing-cert -d 'Certificate of the signing key (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l key-id -d 'Id of the signing key, for kid; thumbprint is the key\'s own (RFC 7638)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l assertion-audience -d 'Whom assertions are for: issuer, token_endpoint or any text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l assertion-subject -d 'Whom the assertion of the jwt-bearer grant speaks of' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l assertion-claim -d 'Further claim of assertions; repeatable; NAME:=JSON for what is no text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l min-valid -d 'Reuse a kept token only if it lives at least this long' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -s H -l header -d 'Further header field of the token request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l connect-timeout -d 'Time to reach the server, TLS included; 10s if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l retry -d 'How often to try again where that can help; 2 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -s x -l proxy -d 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l cacert -d 'Trust the roots in this PEM file and no others' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l cert -d 'Client certificate (PEM); the file may hold the key too' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l key -d 'Key of the client certificate (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l har -d 'Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l jwks-uri -d 'Where the server\'s keys are, whatever metadata says' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l document -d 'Print that document alone, as it came' -r -f -a "oidc\t''
oauth\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -s o -l output -d 'What to print: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l dpop -d 'Ask for a token that is bound to a key, and prove to have it (RFC 9449)'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l no-dpop -d 'Do not, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l cache -d 'Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l no-cache -d 'Do not use the cache, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l force-new -d 'Go past a kept token, and keep the new one'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l insecure -d 'Accept any server certificate: whoever is in between can read the secret'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l dry-run -d 'Show the request, as HTTP or with -o curl as a command, and send nothing'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l strict -d 'Exit 4 where anything is found'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -l show-secrets -d 'Do not hide secrets and tokens in what -v and --dry-run show'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand discover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -s p -l profile -d 'Profile to use: a name from the config file, or a path to a file with one profile' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l config -d 'Config file to read' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l token-endpoint -l token-url -d 'Token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l issuer -d 'Issuer whose metadata names the token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -s g -l grant-type -d 'Grant: client_credentials (the default), password, refresh_token, authorization_code, device_code, jwt-bearer, saml2-bearer, token-exchange or any other name' -r -f -a "client_credentials\t''
password\t''
refresh_token\t''
authorization_code\t''
device_code\t''
jwt-bearer\t''
saml2-bearer\t''
token-exchange\t''
urn:ietf:params:oauth:grant-type:device_code\t''
urn:ietf:params:oauth:grant-type:jwt-bearer\t''
urn:ietf:params:oauth:grant-type:saml2-bearer\t''
urn:ietf:params:oauth:grant-type:token-exchange\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -s s -l scope -d 'Scope to ask for; repeatable, and each may hold several' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l audience -d 'Service the token is for; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l resource -d 'Resource the token is for, an absolute URI (RFC 8707); repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l param -d 'Further form field; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -s u -l username -d 'User of the password grant, or whose login it is to be' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l password -d 'Password of the password grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l refresh-token -d 'Refresh token of the refresh_token grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l assertion -d 'Ready-made assertion of the jwt-bearer or saml2-bearer grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l subject-token -d 'Token to trade, of the token-exchange grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l subject-token-type -d 'Its type: access_token (the default), refresh_token, id_token, jwt, saml1, saml2 or a URI' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l requested-token-type -d 'Type of the token that is wanted for it' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l authorization-details -d 'What is asked for in detail, as JSON or @FILE (RFC 9396)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -s i -l client-id -d 'Client id' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l client-secret -d 'Client secret' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -s a -l auth-method -d 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post), private_key_jwt, client_secret_jwt, tls_client_auth, self_signed_tls_client_auth or none' -r -f -a "client_secret_basic\t''
client_secret_post\t''
private_key_jwt\t''
client_secret_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
none\t''
basic\t''
post\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l basic-encoding -d 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)' -r -f -a "form\t''
raw\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l client-assertion -d 'Ready-made assertion of the client; means -a private_key_jwt' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l dpop-key -d 'Private key of --dpop, which it means; a new one if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l signing-key -d 'Private key that assertions are signed with: PEM, DER, JWK or a Google service account' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l signer -d 'Command that signs instead: input on stdin, signature on stdout' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l signing-alg -d 'Algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384 or HS512; what goes with the key if not given' -r -f -a "RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
EdDSA\t''
Ed25519\t''
HS256\t''
HS384\t''
HS512\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l signing-cert -d 'Certificate of the signing key (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l key-id -d 'Id of the signing key, for kid; thumbprint is the key\'s own (RFC 7638)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l assertion-audience -d 'Whom assertions are for: issuer, token_endpoint or any text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l assertion-subject -d 'Whom the assertion of the jwt-bearer grant speaks of' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l assertion-claim -d 'Further claim of assertions; repeatable; NAME:=JSON for what is no text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l min-valid -d 'Reuse a kept token only if it lives at least this long' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -s H -l header -d 'Further header field of the token request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l connect-timeout -d 'Time to reach the server, TLS included; 10s if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l retry -d 'How often to try again where that can help; 2 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -s x -l proxy -d 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l cacert -d 'Trust the roots in this PEM file and no others' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l cert -d 'Client certificate (PEM); the file may hold the key too' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l key -d 'Key of the client certificate (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l har -d 'Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -s o -l output -d 'What to print: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l dpop -d 'Ask for a token that is bound to a key, and prove to have it (RFC 9449)'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l no-dpop -d 'Do not, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l cache -d 'Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l no-cache -d 'Do not use the cache, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l force-new -d 'Go past a kept token, and keep the new one'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l insecure -d 'Accept any server certificate: whoever is in between can read the secret'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l dry-run -d 'Show the request, as HTTP or with -o curl as a command, and send nothing'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l strict -d 'Refuse every deviation from the standards that is otherwise tolerated'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l show-secrets -d 'Do not hide secrets and tokens in what -v and --dry-run show'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l no-request -d 'Stop before the token request'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -l request -d 'Send the token request even where the new refresh token that may come would be lost'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -s o -l output -d 'What to print: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -s p -l profile -d 'Profile to use: a name from the config file, or a path to a file with one profile' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l config -d 'Config file to read' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l token-endpoint -l token-url -d 'Token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l issuer -d 'Issuer whose metadata names the token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -s g -l grant-type -d 'Grant: client_credentials (the default), password, refresh_token, authorization_code, device_code, jwt-bearer, saml2-bearer, token-exchange or any other name' -r -f -a "client_credentials\t''
password\t''
refresh_token\t''
authorization_code\t''
device_code\t''
jwt-bearer\t''
saml2-bearer\t''
token-exchange\t''
urn:ietf:params:oauth:grant-type:device_code\t''
urn:ietf:params:oauth:grant-type:jwt-bearer\t''
urn:ietf:params:oauth:grant-type:saml2-bearer\t''
urn:ietf:params:oauth:grant-type:token-exchange\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -s s -l scope -d 'Scope to ask for; repeatable, and each may hold several' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l audience -d 'Service the token is for; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l resource -d 'Resource the token is for, an absolute URI (RFC 8707); repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l param -d 'Further form field; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -s u -l username -d 'User of the password grant, or whose login it is to be' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l password -d 'Password of the password grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l refresh-token -d 'Refresh token of the refresh_token grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l assertion -d 'Ready-made assertion of the jwt-bearer or saml2-bearer grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l subject-token -d 'Token to trade, of the token-exchange grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l subject-token-type -d 'Its type: access_token (the default), refresh_token, id_token, jwt, saml1, saml2 or a URI' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l requested-token-type -d 'Type of the token that is wanted for it' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l authorization-details -d 'What is asked for in detail, as JSON or @FILE (RFC 9396)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -s i -l client-id -d 'Client id' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l client-secret -d 'Client secret' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -s a -l auth-method -d 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post), private_key_jwt, client_secret_jwt, tls_client_auth, self_signed_tls_client_auth or none' -r -f -a "client_secret_basic\t''
client_secret_post\t''
private_key_jwt\t''
client_secret_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
none\t''
basic\t''
post\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l basic-encoding -d 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)' -r -f -a "form\t''
raw\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l client-assertion -d 'Ready-made assertion of the client; means -a private_key_jwt' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l dpop-key -d 'Private key of --dpop, which it means; a new one if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l signing-key -d 'Private key that assertions are signed with: PEM, DER, JWK or a Google service account' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l signer -d 'Command that signs instead: input on stdin, signature on stdout' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l signing-alg -d 'Algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384 or HS512; what goes with the key if not given' -r -f -a "RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
EdDSA\t''
Ed25519\t''
HS256\t''
HS384\t''
HS512\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l signing-cert -d 'Certificate of the signing key (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l key-id -d 'Id of the signing key, for kid; thumbprint is the key\'s own (RFC 7638)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l assertion-audience -d 'Whom assertions are for: issuer, token_endpoint or any text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l assertion-subject -d 'Whom the assertion of the jwt-bearer grant speaks of' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l assertion-claim -d 'Further claim of assertions; repeatable; NAME:=JSON for what is no text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l min-valid -d 'Reuse a kept token only if it lives at least this long' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -s H -l header -d 'Further header field of the token request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l connect-timeout -d 'Time to reach the server, TLS included; 10s if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l retry -d 'How often to try again where that can help; 2 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -s x -l proxy -d 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l cacert -d 'Trust the roots in this PEM file and no others' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l cert -d 'Client certificate (PEM); the file may hold the key too' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l key -d 'Key of the client certificate (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l har -d 'Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l dpop -d 'Ask for a token that is bound to a key, and prove to have it (RFC 9449)'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l no-dpop -d 'Do not, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l cache -d 'Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l no-cache -d 'Do not use the cache, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l force-new -d 'Go past a kept token, and keep the new one'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l insecure -d 'Accept any server certificate: whoever is in between can read the secret'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l dry-run -d 'Show the request, as HTTP or with -o curl as a command, and send nothing'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l strict -d 'Refuse every deviation from the standards that is otherwise tolerated'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -l show-secrets -d 'Do not hide secrets and tokens in what -v and --dry-run show'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -s o -l output -d 'What to print: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -s p -l profile -d 'Profile to use: a name from the config file, or a path to a file with one profile' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l config -d 'Config file to read' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l token-endpoint -l token-url -d 'Token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l issuer -d 'Issuer whose metadata names the token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -s g -l grant-type -d 'Grant: client_credentials (the default), password, refresh_token, authorization_code, device_code, jwt-bearer, saml2-bearer, token-exchange or any other name' -r -f -a "client_credentials\t''
password\t''
refresh_token\t''
authorization_code\t''
device_code\t''
jwt-bearer\t''
saml2-bearer\t''
token-exchange\t''
urn:ietf:params:oauth:grant-type:device_code\t''
urn:ietf:params:oauth:grant-type:jwt-bearer\t''
urn:ietf:params:oauth:grant-type:saml2-bearer\t''
urn:ietf:params:oauth:grant-type:token-exchange\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -s s -l scope -d 'Scope to ask for; repeatable, and each may hold several' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l audience -d 'Service the token is for; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l resource -d 'Resource the token is for, an absolute URI (RFC 8707); repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l param -d 'Further form field; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -s u -l username -d 'User of the password grant, or whose login it is to be' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l password -d 'Password of the password grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l refresh-token -d 'Refresh token of the refresh_token grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l assertion -d 'Ready-made assertion of the jwt-bearer or saml2-bearer grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l subject-token -d 'Token to trade, of the token-exchange grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l subject-token-type -d 'Its type: access_token (the default), refresh_token, id_token, jwt, saml1, saml2 or a URI' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l requested-token-type -d 'Type of the token that is wanted for it' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l authorization-details -d 'What is asked for in detail, as JSON or @FILE (RFC 9396)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -s i -l client-id -d 'Client id' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l client-secret -d 'Client secret' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -s a -l auth-method -d 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post), private_key_jwt, client_secret_jwt, tls_client_auth, self_signed_tls_client_auth or none' -r -f -a "client_secret_basic\t''
client_secret_post\t''
private_key_jwt\t''
client_secret_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
none\t''
basic\t''
post\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l basic-encoding -d 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)' -r -f -a "form\t''
raw\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l client-assertion -d 'Ready-made assertion of the client; means -a private_key_jwt' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l dpop-key -d 'Private key of --dpop, which it means; a new one if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l signing-key -d 'Private key that assertions are signed with: PEM, DER, JWK or a Google service account' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l signer -d 'Command that signs instead: input on stdin, signature on stdout' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l signing-alg -d 'Algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384 or HS512; what goes with the key if not given' -r -f -a "RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
EdDSA\t''
Ed25519\t''
HS256\t''
HS384\t''
HS512\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l signing-cert -d 'Certificate of the signing key (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l key-id -d 'Id of the signing key, for kid; thumbprint is the key\'s own (RFC 7638)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l assertion-audience -d 'Whom assertions are for: issuer, token_endpoint or any text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l assertion-subject -d 'Whom the assertion of the jwt-bearer grant speaks of' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l assertion-claim -d 'Further claim of assertions; repeatable; NAME:=JSON for what is no text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l min-valid -d 'Reuse a kept token only if it lives at least this long' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -s H -l header -d 'Further header field of the token request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l connect-timeout -d 'Time to reach the server, TLS included; 10s if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l retry -d 'How often to try again where that can help; 2 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -s x -l proxy -d 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l cacert -d 'Trust the roots in this PEM file and no others' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l cert -d 'Client certificate (PEM); the file may hold the key too' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l key -d 'Key of the client certificate (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l har -d 'Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l dpop -d 'Ask for a token that is bound to a key, and prove to have it (RFC 9449)'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l no-dpop -d 'Do not, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l cache -d 'Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l no-cache -d 'Do not use the cache, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l force-new -d 'Go past a kept token, and keep the new one'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l insecure -d 'Accept any server certificate: whoever is in between can read the secret'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l dry-run -d 'Show the request, as HTTP or with -o curl as a command, and send nothing'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l strict -d 'Refuse every deviation from the standards that is otherwise tolerated'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -l show-secrets -d 'Do not hide secrets and tokens in what -v and --dry-run show'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand assertion" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and not __fish_seen_subcommand_from public new" -s h -l help -d 'Print help'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and not __fish_seen_subcommand_from public new" -f -a "public" -d 'Print the JWK Set to register: the public half of signing_key'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and not __fish_seen_subcommand_from public new" -f -a "new" -d 'Write a new private key that only you can read, never over a file, and print its public half'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from public" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from public" -s p -l profile -d 'Profile to use: a name from the config file, or a path to a file with one profile' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from public" -l config -d 'Config file to read' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from public" -l signing-key -d 'Private key that assertions are signed with: PEM, DER, JWK or a Google service account' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from public" -l signer -d 'Command that signs instead: input on stdin, signature on stdout' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from public" -l signing-alg -d 'Algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384 or HS512; what goes with the key if not given' -r -f -a "RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
EdDSA\t''
Ed25519\t''
HS256\t''
HS384\t''
HS512\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from public" -l signing-cert -d 'Certificate of the signing key (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from public" -l key-id -d 'Id of the signing key, for kid; thumbprint is the key\'s own (RFC 7638)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from public" -l dpop-key -d 'Private key of --dpop, which it means; a new one if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from public" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from public" -l dpop -d 'Of dpop_key instead of signing_key'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from public" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from public" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from public" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from new" -l alg -d 'What it signs with' -r -f -a "ES256\t''
ES384\t''
EdDSA\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from new" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from new" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from new" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand key; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and not __fish_seen_subcommand_from list show check path schema add init" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and not __fish_seen_subcommand_from list show check path schema add init" -l config -d 'The config file' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and not __fish_seen_subcommand_from list show check path schema add init" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and not __fish_seen_subcommand_from list show check path schema add init" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and not __fish_seen_subcommand_from list show check path schema add init" -s h -l help -d 'Print help'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and not __fish_seen_subcommand_from list show check path schema add init" -f -a "list" -d 'Print the names, one a line'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and not __fish_seen_subcommand_from list show check path schema add init" -f -a "show" -d 'Print the merged settings with their origins, secrets hidden'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and not __fish_seen_subcommand_from list show check path schema add init" -f -a "check" -d 'Validate profiles without sending anything or reading any secret'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and not __fish_seen_subcommand_from list show check path schema add init" -f -a "path" -d 'Print where the config file is'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and not __fish_seen_subcommand_from list show check path schema add init" -f -a "schema" -d 'Print the JSON Schema of config files, for editors'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and not __fish_seen_subcommand_from list show check path schema add init" -f -a "add" -d 'Get a token with the flags of a run, and add them to the config file as a profile'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and not __fish_seen_subcommand_from list show check path schema add init" -f -a "init" -d 'Write a first config file, with comments, that only you can read; never over one'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from list" -s o -l output -d 'What to print: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from list" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from list" -l config -d 'The config file' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from list" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from show" -s o -l output -d 'What to print: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from show" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from show" -l config -d 'The config file' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from show" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from check" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from check" -l config -d 'The config file' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from check" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from path" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from path" -l config -d 'The config file' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from path" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from schema" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from schema" -l config -d 'The config file' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from schema" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from schema" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -s p -l profile -d 'Profile to use: a name from the config file, or a path to a file with one profile' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l token-endpoint -l token-url -d 'Token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l issuer -d 'Issuer whose metadata names the token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -s g -l grant-type -d 'Grant: client_credentials (the default), password, refresh_token, authorization_code, device_code, jwt-bearer, saml2-bearer, token-exchange or any other name' -r -f -a "client_credentials\t''
password\t''
refresh_token\t''
authorization_code\t''
device_code\t''
jwt-bearer\t''
saml2-bearer\t''
token-exchange\t''
urn:ietf:params:oauth:grant-type:device_code\t''
urn:ietf:params:oauth:grant-type:jwt-bearer\t''
urn:ietf:params:oauth:grant-type:saml2-bearer\t''
urn:ietf:params:oauth:grant-type:token-exchange\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -s s -l scope -d 'Scope to ask for; repeatable, and each may hold several' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l audience -d 'Service the token is for; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l resource -d 'Resource the token is for, an absolute URI (RFC 8707); repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l param -d 'Further form field; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -s u -l username -d 'User of the password grant, or whose login it is to be' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l password -d 'Password of the password grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l refresh-token -d 'Refresh token of the refresh_token grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l assertion -d 'Ready-made assertion of the jwt-bearer or saml2-bearer grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l subject-token -d 'Token to trade, of the token-exchange grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l subject-token-type -d 'Its type: access_token (the default), refresh_token, id_token, jwt, saml1, saml2 or a URI' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l requested-token-type -d 'Type of the token that is wanted for it' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l authorization-details -d 'What is asked for in detail, as JSON or @FILE (RFC 9396)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -s i -l client-id -d 'Client id' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l client-secret -d 'Client secret' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -s a -l auth-method -d 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post), private_key_jwt, client_secret_jwt, tls_client_auth, self_signed_tls_client_auth or none' -r -f -a "client_secret_basic\t''
client_secret_post\t''
private_key_jwt\t''
client_secret_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
none\t''
basic\t''
post\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l basic-encoding -d 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)' -r -f -a "form\t''
raw\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l client-assertion -d 'Ready-made assertion of the client; means -a private_key_jwt' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l dpop-key -d 'Private key of --dpop, which it means; a new one if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l signing-key -d 'Private key that assertions are signed with: PEM, DER, JWK or a Google service account' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l signer -d 'Command that signs instead: input on stdin, signature on stdout' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l signing-alg -d 'Algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384 or HS512; what goes with the key if not given' -r -f -a "RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
EdDSA\t''
Ed25519\t''
HS256\t''
HS384\t''
HS512\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l signing-cert -d 'Certificate of the signing key (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l key-id -d 'Id of the signing key, for kid; thumbprint is the key\'s own (RFC 7638)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l assertion-audience -d 'Whom assertions are for: issuer, token_endpoint or any text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l assertion-subject -d 'Whom the assertion of the jwt-bearer grant speaks of' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l assertion-claim -d 'Further claim of assertions; repeatable; NAME:=JSON for what is no text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l min-valid -d 'Reuse a kept token only if it lives at least this long' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -s H -l header -d 'Further header field of the token request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l connect-timeout -d 'Time to reach the server, TLS included; 10s if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l retry -d 'How often to try again where that can help; 2 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -s x -l proxy -d 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l cacert -d 'Trust the roots in this PEM file and no others' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l cert -d 'Client certificate (PEM); the file may hold the key too' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l key -d 'Key of the client certificate (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l har -d 'Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -s o -l output -d 'What to print: token (the default), json, header, curl, env, ttl or exec-credential' -r -f -a "token\t''
json\t''
header\t''
curl\t''
env\t''
ttl\t''
exec-credential\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l field -d 'Print one member of the answer instead, such as id_token or refresh_token' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l wrap -d 'Print a JSON object with the answer, as -o json prints it, under this name' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l for -d 'Call that -o header or curl makes a DPoP proof for; GET if no method is named' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l dpop-nonce -d 'Nonce that the API wants in that proof' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l env-name -d 'Variable that -o env sets; ACCESS_TOKEN if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l config -d 'The config file' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l dpop -d 'Ask for a token that is bound to a key, and prove to have it (RFC 9449)'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l no-dpop -d 'Do not, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l cache -d 'Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l no-cache -d 'Do not use the cache, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l force-new -d 'Go past a kept token, and keep the new one'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l insecure -d 'Accept any server certificate: whoever is in between can read the secret'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l dry-run -d 'Show the request, as HTTP or with -o curl as a command, and send nothing'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l strict -d 'Refuse every deviation from the standards that is otherwise tolerated'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l show-secrets -d 'Do not hide secrets and tokens in what -v and --dry-run show'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -l mask -d 'Have GitHub Actions hide the token in its logs'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from init" -l for -d 'Write it for auth0, authentik, cognito, entra, github, gitlab, google, keycloak, okta, ping, salesforce, vault or zitadel' -r -f -a "auth0\t''
authentik\t''
cognito\t''
entra\t''
github\t''
gitlab\t''
google\t''
keycloak\t''
okta\t''
ping\t''
salesforce\t''
vault\t''
zitadel\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from init" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from init" -l config -d 'The config file' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from init" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from init" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand import" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand import" -l from -d 'System the configuration is of' -r -f -a "benthos\t''
eccenca\t''
keboola\t''
couper\t''
elasticio\t''
curl\t''
prometheus\t''
spring\t''
google\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand import" -l name -d 'Which of several token requests in the file; an error lists their names' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand import" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand import" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand import" -l keep-secrets -d 'Write secrets out instead of naming environment variables for them'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and not __fish_seen_subcommand_from list clear path" -s h -l help -d 'Print help'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and not __fish_seen_subcommand_from list clear path" -f -a "list" -d 'Print what is kept, as far as the credentials at hand open it: profile or endpoint, scope, expiry, state'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and not __fish_seen_subcommand_from list clear path" -f -a "clear" -d 'Forget the token kept for these settings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and not __fish_seen_subcommand_from list clear path" -f -a "path" -d 'Print where kept tokens are'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -s p -l profile -d 'Profile to use: a name from the config file, or a path to a file with one profile' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l config -d 'Config file to read' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l token-endpoint -l token-url -d 'Token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l issuer -d 'Issuer whose metadata names the token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -s g -l grant-type -d 'Grant: client_credentials (the default), password, refresh_token, authorization_code, device_code, jwt-bearer, saml2-bearer, token-exchange or any other name' -r -f -a "client_credentials\t''
password\t''
refresh_token\t''
authorization_code\t''
device_code\t''
jwt-bearer\t''
saml2-bearer\t''
token-exchange\t''
urn:ietf:params:oauth:grant-type:device_code\t''
urn:ietf:params:oauth:grant-type:jwt-bearer\t''
urn:ietf:params:oauth:grant-type:saml2-bearer\t''
urn:ietf:params:oauth:grant-type:token-exchange\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -s s -l scope -d 'Scope to ask for; repeatable, and each may hold several' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l audience -d 'Service the token is for; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l resource -d 'Resource the token is for, an absolute URI (RFC 8707); repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l param -d 'Further form field; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -s u -l username -d 'User of the password grant, or whose login it is to be' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l password -d 'Password of the password grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l refresh-token -d 'Refresh token of the refresh_token grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l assertion -d 'Ready-made assertion of the jwt-bearer or saml2-bearer grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l subject-token -d 'Token to trade, of the token-exchange grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l subject-token-type -d 'Its type: access_token (the default), refresh_token, id_token, jwt, saml1, saml2 or a URI' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l requested-token-type -d 'Type of the token that is wanted for it' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l authorization-details -d 'What is asked for in detail, as JSON or @FILE (RFC 9396)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -s i -l client-id -d 'Client id' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l client-secret -d 'Client secret' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -s a -l auth-method -d 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post), private_key_jwt, client_secret_jwt, tls_client_auth, self_signed_tls_client_auth or none' -r -f -a "client_secret_basic\t''
client_secret_post\t''
private_key_jwt\t''
client_secret_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
none\t''
basic\t''
post\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l basic-encoding -d 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)' -r -f -a "form\t''
raw\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l client-assertion -d 'Ready-made assertion of the client; means -a private_key_jwt' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l dpop-key -d 'Private key of --dpop, which it means; a new one if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l signing-key -d 'Private key that assertions are signed with: PEM, DER, JWK or a Google service account' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l signer -d 'Command that signs instead: input on stdin, signature on stdout' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l signing-alg -d 'Algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384 or HS512; what goes with the key if not given' -r -f -a "RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
EdDSA\t''
Ed25519\t''
HS256\t''
HS384\t''
HS512\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l signing-cert -d 'Certificate of the signing key (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l key-id -d 'Id of the signing key, for kid; thumbprint is the key\'s own (RFC 7638)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l assertion-audience -d 'Whom assertions are for: issuer, token_endpoint or any text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l assertion-subject -d 'Whom the assertion of the jwt-bearer grant speaks of' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l assertion-claim -d 'Further claim of assertions; repeatable; NAME:=JSON for what is no text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l min-valid -d 'Reuse a kept token only if it lives at least this long' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -s H -l header -d 'Further header field of the token request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l connect-timeout -d 'Time to reach the server, TLS included; 10s if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l retry -d 'How often to try again where that can help; 2 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -s x -l proxy -d 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l cacert -d 'Trust the roots in this PEM file and no others' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l cert -d 'Client certificate (PEM); the file may hold the key too' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l key -d 'Key of the client certificate (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l har -d 'Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l dpop -d 'Ask for a token that is bound to a key, and prove to have it (RFC 9449)'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l no-dpop -d 'Do not, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l cache -d 'Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l no-cache -d 'Do not use the cache, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l force-new -d 'Go past a kept token, and keep the new one'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l insecure -d 'Accept any server certificate: whoever is in between can read the secret'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l dry-run -d 'Show the request, as HTTP or with -o curl as a command, and send nothing'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l strict -d 'Refuse every deviation from the standards that is otherwise tolerated'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -l show-secrets -d 'Do not hide secrets and tokens in what -v and --dry-run show'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -s p -l profile -d 'Profile to use: a name from the config file, or a path to a file with one profile' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l config -d 'Config file to read' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l token-endpoint -l token-url -d 'Token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l issuer -d 'Issuer whose metadata names the token endpoint' -r -f
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -s g -l grant-type -d 'Grant: client_credentials (the default), password, refresh_token, authorization_code, device_code, jwt-bearer, saml2-bearer, token-exchange or any other name' -r -f -a "client_credentials\t''
password\t''
refresh_token\t''
authorization_code\t''
device_code\t''
jwt-bearer\t''
saml2-bearer\t''
token-exchange\t''
urn:ietf:params:oauth:grant-type:device_code\t''
urn:ietf:params:oauth:grant-type:jwt-bearer\t''
urn:ietf:params:oauth:grant-type:saml2-bearer\t''
urn:ietf:params:oauth:grant-type:token-exchange\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -s s -l scope -d 'Scope to ask for; repeatable, and each may hold several' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l audience -d 'Service the token is for; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l resource -d 'Resource the token is for, an absolute URI (RFC 8707); repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l param -d 'Further form field; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -s u -l username -d 'User of the password grant, or whose login it is to be' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l password -d 'Password of the password grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l refresh-token -d 'Refresh token of the refresh_token grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l assertion -d 'Ready-made assertion of the jwt-bearer or saml2-bearer grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l subject-token -d 'Token to trade, of the token-exchange grant' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l subject-token-type -d 'Its type: access_token (the default), refresh_token, id_token, jwt, saml1, saml2 or a URI' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l requested-token-type -d 'Type of the token that is wanted for it' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l authorization-details -d 'What is asked for in detail, as JSON or @FILE (RFC 9396)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -s i -l client-id -d 'Client id' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l client-secret -d 'Client secret' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -s a -l auth-method -d 'Client authentication: client_secret_basic (basic, the default), client_secret_post (post), private_key_jwt, client_secret_jwt, tls_client_auth, self_signed_tls_client_auth or none' -r -f -a "client_secret_basic\t''
client_secret_post\t''
private_key_jwt\t''
client_secret_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
none\t''
basic\t''
post\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l basic-encoding -d 'Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)' -r -f -a "form\t''
raw\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l client-assertion -d 'Ready-made assertion of the client; means -a private_key_jwt' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l dpop-key -d 'Private key of --dpop, which it means; a new one if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l signing-key -d 'Private key that assertions are signed with: PEM, DER, JWK or a Google service account' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l signer -d 'Command that signs instead: input on stdin, signature on stdout' -r -f -a "(__fish_complete_command)"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l signing-alg -d 'Algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384 or HS512; what goes with the key if not given' -r -f -a "RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
EdDSA\t''
Ed25519\t''
HS256\t''
HS384\t''
HS512\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l signing-cert -d 'Certificate of the signing key (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l key-id -d 'Id of the signing key, for kid; thumbprint is the key\'s own (RFC 7638)' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l assertion-audience -d 'Whom assertions are for: issuer, token_endpoint or any text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l assertion-subject -d 'Whom the assertion of the jwt-bearer grant speaks of' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l assertion-claim -d 'Further claim of assertions; repeatable; NAME:=JSON for what is no text' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l min-valid -d 'Reuse a kept token only if it lives at least this long' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -s H -l header -d 'Further header field of the token request; repeatable' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l timeout -d 'Time for the whole run, such as 30s (the default), 500ms or 2m' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l connect-timeout -d 'Time to reach the server, TLS included; 10s if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l retry -d 'How often to try again where that can help; 2 if not given' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -s x -l proxy -d 'Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none' -r
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l cacert -d 'Trust the roots in this PEM file and no others' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l cert -d 'Client certificate (PEM); the file may hold the key too' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l key -d 'Key of the client certificate (PEM)' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l har -d 'Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens' -r -F
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l all -d 'Forget every kept token'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l dpop -d 'Ask for a token that is bound to a key, and prove to have it (RFC 9449)'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l no-dpop -d 'Do not, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l cache -d 'Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l no-cache -d 'Do not use the cache, whatever the profile says'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l force-new -d 'Go past a kept token, and keep the new one'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l insecure -d 'Accept any server certificate: whoever is in between can read the secret'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l dry-run -d 'Show the request, as HTTP or with -o curl as a command, and send nothing'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l strict -d 'Refuse every deviation from the standards that is otherwise tolerated'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -l show-secrets -d 'Do not hide secrets and tokens in what -v and --dry-run show'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from clear" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from path" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from path" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand cache; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand completions" -l error-format -d 'How errors are written: text (the default) or json' -r -f -a "text\t''
json\t''"
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand completions" -s v -l verbose -d 'Tell on stderr what is sent and received, and where each setting came from'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand completions" -s q -l quiet -d 'No warnings'
complete -c oauth2tok -n "__fish_oauth2tok_using_subcommand completions" -s h -l help -d 'Print help'

function __fish_oauth2tok_profiles
    set -l words (commandline -opc)
    set -l config
    if set -l at (contains -i -- --config $words)
        set config --config $words[(math $at + 1)]
    else if set -l given (string match -r -- '^--config=.*' $words)
        set config $given[-1]
    end
    oauth2tok profile list $config 2>/dev/null
    if string match -q '*/*' -- (commandline -ct)
        __fish_complete_path (commandline -ct)
    end
end

function __fish_oauth2tok_command
    set -l words (commandline -opc)
    set -l at (contains -i -- -- $words)
    or return
    set -e words[1..$at]
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end

complete -c oauth2tok -s p -l profile -x -a '(__fish_oauth2tok_profiles)'
complete -c oauth2tok -n '__fish_oauth2tok_using_subcommand profile; and __fish_seen_subcommand_from show check' -x -a '(__fish_oauth2tok_profiles)'
complete -c oauth2tok -n '__fish_oauth2tok_using_subcommand completions' -x -a 'bash zsh fish powershell elvish'
complete -c oauth2tok -n '__fish_oauth2tok_using_subcommand exec; and contains -- -- (commandline -opc)' -x -a '(__fish_oauth2tok_command)'
