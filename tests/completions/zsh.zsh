# What zsh offers at the end of each line of stdin: 'LINE => CANDIDATES'. $1 is the directory of the script.
# A shell on a pty completes for real; compadd tells what is offered.
zmodload zsh/zpty
offers() {
    zpty z zsh -f -i
    local setup=$(mktemp) line
    cat > $setup <<'END'
PROMPT=
autoload compinit
fpath=($COMPLETIONS $fpath)
compinit -u -D
bindkey '^M' undefined
bindkey '^J' undefined
bindkey '^I' complete-word
mark() { echo -E - $'\0' }
compprefuncs=(mark)
comppostfuncs=(mark exit)
zstyle ':completion:*' list-grouped false
zstyle ':completion:*' insert-tab false
compadd() {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
        builtin compadd "$@"
        return
    fi
    local -a hits
    builtin compadd -A hits "$@"
    (( $#hits )) && print -rl -- $IPREFIX${^hits}
    true
}
echo ok
END
    zpty -w z "source $setup"
    repeat 4; do
        zpty -r z line
        [[ $line == ok* ]] && break
    done
    zpty -w -n z "$1"$'\t'
    local -i marks=0
    local -a found
    while zpty -r z line; do
        line=${line%%[$'\r\n']#}
        if [[ $line == *$'\0'* ]]; then
            (( marks++ )) && break
            continue
        fi
        (( marks )) && found+=($line)
    done
    zpty -d z
    rm -f $setup
    print -r -- "$1 => ${(j: :)found}"
}
setopt extendedglob
export COMPLETIONS=$1
while IFS= read -r line; do
    offers $line
done
