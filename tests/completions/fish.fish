# What fish offers at the end of each line of stdin: 'LINE => CANDIDATES'. $argv[1] is the directory of the script.
source $argv[1]/oauth2tok.fish
while read -l line
    echo "$line => "(complete -C "$line" | string replace -r '\t.*' '' | string join ' ')
end
