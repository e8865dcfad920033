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

/// Makes `-p` and the names of `profile show` and `profile check` complete what `oauth2tok profile list` prints.
fn with_profile_names(shell: Shell, script: &str) -> String {
    match shell {
        Shell::Bash => {
            // clap's script offers files for a flag's value; names come first here, and a path still completes.
            let flag = "                --profile)\n                    COMPREPLY=($(compgen -f \"${cur}\"))\n";
            let short = "                -p)\n                    COMPREPLY=($(compgen -f \"${cur}\"))\n";
            let names = "COMPREPLY=($(compgen -W \"$(oauth2tok profile list 2>/dev/null)\" -- \"${cur}\"))\n                    \
                         [[ ${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- \"${cur}\"))";
            let script = script
                .replace(flag, &format!("                --profile)\n                    {names}\n"))
                .replace(short, &format!("                -p)\n                    {names}\n"));
            ["show", "check"].iter().fold(script, |script, command| {
                let opts = format!("oauth2tok__subcmd__profile__subcmd__{command})\n            opts=\"");
                script.replace(&opts, &format!("{opts}$(oauth2tok profile list 2>/dev/null) "))
            })
        }
        Shell::Zsh => {
            let function = "\n_oauth2tok_profiles() {\n    local -a names\n    names=(${(f)\"$(oauth2tok profile list 2>/dev/null)\"})\n    _alternative 'profiles:profile:compadd -a names' 'files:file:_files'\n}\n";
            let mut out = String::new();
            for line in script.lines() {
                let is_profile = line.starts_with("'-p+[") || line.starts_with("'--profile=[") || line.contains("The profile: a name, or a path");
                out.push_str(&if is_profile { line.replace(":_default'", ":_oauth2tok_profiles'") } else { line.to_owned() });
                out.push('\n');
            }
            out.replacen("\n_oauth2tok() {", &format!("{function}\n_oauth2tok() {{"), 1)
        }
        Shell::Fish => format!(
            "{script}complete -c oauth2tok -s p -l profile -x -a '(oauth2tok profile list 2>/dev/null)'\n\
             complete -c oauth2tok -n '__fish_seen_subcommand_from show check' -x -a '(oauth2tok profile list 2>/dev/null)'\n"
        ),
        // These two name candidates without their arguments' values; profile names are added where a value is expected.
        Shell::PowerShell => script.replacen(
            "    $completions = @(switch ($command) {",
            "    $previous = $commandElements | Select-Object -Last 1\n    if ($wordToComplete) { $previous = $commandElements | Select-Object -Last 2 | Select-Object -First 1 }\n    if (\"$previous\" -cin '-p', '--profile', 'show', 'check') {\n        oauth2tok profile list 2>$null | Where-Object { $_ -like \"$wordToComplete*\" } |\n            ForEach-Object { [CompletionResult]::new($_, $_, [CompletionResultType]::ParameterValue, $_) }\n        return\n    }\n\n    $completions = @(switch ($command) {",
            1,
        ),
        Shell::Elvish => script.replacen(
            "    fn spaces {|n|",
            "    if (has-value [-p --profile show check] $words[-2]) {\n        e:oauth2tok profile list 2>/dev/null | from-lines\n        return\n    }\n    fn spaces {|n|",
            1,
        ),
        _ => script.to_owned(),
    }
}

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
