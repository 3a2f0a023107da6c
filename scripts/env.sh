# Sourced by the scripts next to it, with $root set to the checkout:
#     python=$(project_python dev) || exit
# prints the interpreter of an up-to-date .venv that has the project and the extras named.

find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        # Run it: a version manager's shim may be on PATH without a Python behind it.
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
    echo "No Python 3.11 or newer was found on PATH (tried python3, python3.14 to python3.11, python): install one." >&2
    return 1
}

project_python() {
    base_python=$(find_python) || return
    (cd "$root" && "$base_python" -m scripts.environment "$@")
}
