# shellcheck shell=bash
# Completion for bash. greq itself knows its commands and options: see tracer/cmd/complete.c.

_greq() {
    local line rest='' first current=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == :* ]]; then
            rest=$line
        else
            COMPREPLY+=("${line%%$'\t'*}")
        fi
    done < <("$1" complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    [[ $current != '=' ]] || current=
    case $rest in
    :files | :directories)
        compopt -o filenames 2>/dev/null || true
        mapfile -t COMPREPLY < <(compgen "$([[ $rest == :files ]] && echo -f || echo -d)" -- "$current")
        ;;
    ':program '*)
        first=$((${rest#:program } + 1))
        if declare -F _command_offset >/dev/null; then # of the package bash-completion
            _command_offset "$first"
        elif ((COMP_CWORD == first)); then
            mapfile -t COMPREPLY < <(compgen -c -- "$current")
        else
            compopt -o filenames 2>/dev/null || true
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        fi
        ;;
    esac
}
complete -F _greq greq
