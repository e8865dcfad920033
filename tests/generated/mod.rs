//! The files that are made from the command line's definition, with their paths in the repository.

use std::io;

use clap::Command;
use clap::builder::{PossibleValuesParser, Resettable};
use clap_complete::Shell;
use oauth2tok::settings::key::{KEYS, Kind};

/// Path and text of every generated file.
pub(crate) fn files() -> io::Result<Vec<(String, String)>> {
    let mut files =
        vec![("docs/oauth2tok.schema.json".to_owned(), format!("{:#}\n", oauth2tok::settings::schema::schema()))];
    let shells = [
        (Shell::Bash, "oauth2tok.bash"),
        (Shell::Zsh, "_oauth2tok"),
        (Shell::Fish, "oauth2tok.fish"),
        (Shell::PowerShell, "_oauth2tok.ps1"),
        (Shell::Elvish, "oauth2tok.elv"),
    ];
    for (shell, name) in shells {
        files.push((format!("completions/{name}"), completions(shell)?));
    }
    let mut command = oauth2tok::cli::command();
    command.build();
    man_pages(&command, "oauth2tok", &mut files)?;
    Ok(files)
}

fn completions(shell: Shell) -> io::Result<String> {
    let mut text = Vec::new();
    let mut command = oauth2tok::cli::command();
    command.build();
    clap_complete::generate(shell, &mut with_choices(command), "oauth2tok", &mut text);
    Ok(with_profile_names(shell, &String::from_utf8(text).map_err(io::Error::other)?))
}

/// Tells clap what values a flag may have where the table of settings knows them. A run reads them from the table, so that
/// one place says what is wrong with a value wherever it came from.
fn with_choices(command: Command) -> Command {
    let command = command.mut_args(|arg| {
        let flag = arg.get_long().map(|long| format!("--{long}"));
        let key = KEYS.iter().find(|key| Some(key.flag()) == flag);
        match key.map(|key| key.setting().kind) {
            // `request` and `batch` have an output of their own.
            Some(Kind::Choice(choice)) if arg.get_possible_values().is_empty() => {
                arg.value_parser(PossibleValuesParser::new(choice.names()))
            }
            _ => arg,
        }
    });
    command.mut_subcommands(with_choices)
}

/// Makes `-p` and the names of `profile show` and `profile check` complete what `oauth2tok profile list` prints, for the
/// config file that the line names, and what stands behind `exec --` complete as a command of its own.
fn with_profile_names(shell: Shell, script: &str) -> String {
    match shell {
        // clap's function is asked for all that it knows; what it gets wrong is done around it.
        Shell::Bash => script.replacen("_oauth2tok() {", "_oauth2tok_words() {", 1) + BASH,
        Shell::Zsh => {
            let mut out = String::new();
            for line in script.lines() {
                let is_profile = line.starts_with("'-p+[")
                    || line.starts_with("'--profile=[")
                    || line.contains(r"The profile\: a name, or a path");
                out.push_str(&if is_profile {
                    line.replace(":_default'", ":_oauth2tok_profiles'")
                } else {
                    line.to_owned()
                });
                out.push('\n');
            }
            out.replacen("\n_oauth2tok() {", &format!("{ZSH}\n_oauth2tok() {{"), 1)
        }
        Shell::Fish => {
            let read = "    argparse -s (__fish_oauth2tok_global_optspecs) -- $cmd 2>/dev/null\n    or return\n";
            // A flag at the end has no value yet.
            let patient = "    argparse -s (__fish_oauth2tok_global_optspecs) -- $cmd 2>/dev/null\n    \
                           or argparse -s (__fish_oauth2tok_global_optspecs) -- $cmd '' 2>/dev/null\n    or return\n    \
                           test -z \"$argv\"\n    and return 0\n";
            script.replacen(read, patient, 1) + FISH
        }
        // These two name candidates without their arguments' values; profile names are added where a value is expected.
        Shell::PowerShell => script.replacen(
            "    $completions = @(switch ($command) {",
            &format!("{POWERSHELL}\n    $completions = @(switch ($command) {{"),
            1,
        ),
        Shell::Elvish => script.replacen("    fn spaces {|n|", &format!("{ELVISH}    fn spaces {{|n|"), 1),
        _ => script.to_owned(),
    }
}

const BASH: &str = r#"
# The names of profiles. They are compared as they are: compgen would expand what stands in them.
_oauth2tok_profiles() {
    local cur="$1" name i
    local config=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ "${COMP_WORDS[i]}" == --config ]]; then
            [[ "${COMP_WORDS[i+1]}" == '=' ]] && i=$((i + 1))
            config=(--config "${COMP_WORDS[i+1]}")
        fi
    done
    COMPREPLY=()
    while IFS= read -r name; do
        if [[ "$name" == "$cur"* ]]; then
            COMPREPLY+=("$(printf %q "$name")")
        fi
    done < <(oauth2tok profile list "${config[@]+"${config[@]}"}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 0 ]]; then
        COMPREPLY=($(compgen -f -- "$cur"))
    fi
}

_oauth2tok() {
    local cur="$2" prev="$3" i inner
    # '=' is a word of its own here.
    if [[ "$cur" == '=' ]]; then
        cur=
    elif [[ "$prev" == '=' ]]; then
        prev="${COMP_WORDS[COMP_CWORD-2]}"
    fi
    inner=
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "${inner},${COMP_WORDS[i]}" in
            ,exec | ,profile)
                inner="${COMP_WORDS[i]}"
                ;;
            profile,show | profile,check)
                inner='profile name'
                ;;
            exec,--)
                if declare -F _command_offset >/dev/null; then
                    _command_offset $((i + 1))
                elif [[ $COMP_CWORD -eq $((i + 1)) ]]; then
                    COMPREPLY=($(compgen -c -- "$cur"))
                else
                    COMPREPLY=($(compgen -f -- "$cur"))
                fi
                return 0
                ;;
        esac
    done
    case "$prev" in
        -p | --profile)
            _oauth2tok_profiles "$cur"
            ;;
        *)
            _oauth2tok_words "$1" "$cur" "$prev"
            if [[ "$inner" == 'profile name' && "$cur" != -* && "$prev" != -* ]]; then
                _oauth2tok_profiles "$cur"
            fi
            ;;
    esac
}
"#;

const ZSH: &str = r#"
_oauth2tok_profiles() {
    # The words of a command's own part are not those of the line.
    local -a names config line_words=(${(z)LBUFFER})
    local -i at=${line_words[(I)--config*]}
    case ${line_words[at]} in
        (--config=*) config=(--config ${(Q)line_words[at]#--config=}) ;;
        (--config) config=(--config ${(Q)line_words[at+1]}) ;;
    esac
    names=(${(f)"$(oauth2tok profile list $config 2>/dev/null)"})
    _alternative 'profiles:profile:compadd -a names' 'files:file:_files -g "*.(yaml|yml)"'
}
"#;

const FISH: &str = r#"
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
"#;

const POWERSHELL: &str = r#"    $previous = $commandElements | Select-Object -Last 1
    if ($wordToComplete) { $previous = $commandElements | Select-Object -Last 2 | Select-Object -First 1 }
    if ("$previous" -cin '-p', '--profile', 'show', 'check') {
        $elements = @($commandElements | ForEach-Object { "$_" })
        $at = [array]::IndexOf($elements, '--config')
        $config = if ($at -ge 0 -and $at + 1 -lt $elements.Count) { '--config', $elements[$at + 1] } else { @($elements -clike '--config=*') }
        oauth2tok profile list @config 2>$null | Where-Object { $_ -like "$wordToComplete*" } |
            ForEach-Object { [CompletionResult]::new($_, $_, [CompletionResultType]::ParameterValue, $_) }
        return
    }
"#;

const ELVISH: &str = r#"    if (has-value [-p --profile show check] $words[-2]) {
        var config = []
        for at [(range (- (count $words) 1))] {
            if (eq $words[$at] --config) { set config = [--config $words[(+ $at 1)]] }
        }
        e:oauth2tok profile list $@config 2>/dev/null | from-lines
        return
    }
"#;

fn man_pages(command: &Command, name: &str, files: &mut Vec<(String, String)>) -> io::Result<()> {
    let mut page = Vec::new();
    let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    let bare = command.clone().name(leaked(name)).after_help(Resettable::Reset).after_long_help(Resettable::Reset);
    // A date would make the page change without a change of its text.
    clap_mangen::Man::new(bare).date("").render(&mut page)?;
    let page = String::from_utf8(page).map_err(io::Error::other)?;
    files.push((format!("man/{name}.1"), page + &sections(&help)));
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
        man_pages(sub, &format!("{name}-{}", sub.get_name()), files)?;
    }
    Ok(())
}

/// What stands below the flags in `--help`, as the sections that manual pages have for it.
fn sections(help: &str) -> String {
    const NOTES: usize = 1;
    let mut sections =
        [("SECRETS", "Secrets"), ("NOTES", ""), ("EXIT STATUS", "Exit codes:"), ("EXAMPLES", "Examples:")]
            .map(|(name, start)| (name, start, String::new()));
    let mut current = NOTES;
    for paragraph in help.split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
        let heading = sections.iter().position(|(_, start, _)| !start.is_empty() && paragraph.starts_with(start));
        let text = match heading {
            Some(index) => {
                current = index;
                let text = paragraph.split_once(':').map_or(paragraph, |(_, text)| text);
                text.trim_start_matches(' ').trim_start_matches('\n')
            }
            None => {
                if !paragraph.starts_with(' ') {
                    current = NOTES;
                }
                paragraph
            }
        };
        // What is indented is a table or a command: its lines are lines.
        let (before, after) = if text.starts_with(' ') { (".nf\n", "\n.fi") } else { ("", "") };
        let lines: Vec<_> = text.lines().map(roff).collect();
        sections[current].2.push_str(&format!(".PP\n{before}{}{after}\n", lines.join("\n")));
    }
    let written = sections.iter().filter(|(_, _, text)| !text.is_empty());
    written.map(|(name, _, text)| format!(".SH \"{name}\"\n{text}")).collect()
}

fn roff(line: &str) -> String {
    let line = line.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\*(Aq");
    if line.starts_with('.') { format!("\\&{line}") } else { line }
}

/// clap wants names that live for ever; there are as many as commands.
fn leaked(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}
