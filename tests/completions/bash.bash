# What bash offers at the end of each line of stdin: 'LINE => CANDIDATES'. $1 is the directory of the script.
source "$1/oauth2tok.bash"
while IFS= read -r line; do
    # As readline splits it: '=' is a word of its own.
    read -ra COMP_WORDS <<< "${line//=/ = }"
    [[ $line == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMP_LINE=$line COMP_POINT=${#line} COMPREPLY=()
    _oauth2tok oauth2tok "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}" 2>/dev/null
    echo "$line => ${COMPREPLY[*]}"
done
