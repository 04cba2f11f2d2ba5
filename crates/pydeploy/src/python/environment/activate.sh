# Read by a POSIX shell, bash or zsh: `. bin/activate`. What it changes, `deactivate` takes back.

deactivate() {
    if [ -n "${_PYDEPLOY_PATH+set}" ]; then
        PATH=$_PYDEPLOY_PATH
        export PATH
        unset _PYDEPLOY_PATH
    fi
    if [ -n "${_PYDEPLOY_PYTHONHOME+set}" ]; then
        PYTHONHOME=$_PYDEPLOY_PYTHONHOME
        export PYTHONHOME
        unset _PYDEPLOY_PYTHONHOME
    fi
    if [ -n "${_PYDEPLOY_PS1+set}" ]; then
        PS1=$_PYDEPLOY_PS1
        unset _PYDEPLOY_PS1
    fi
    unset VIRTUAL_ENV VIRTUAL_ENV_PROMPT
    # Shells remember where they found a program.
    hash -r 2>/dev/null || true
    if [ "${1:-}" != keep ]; then
        unset -f deactivate
    fi
}

deactivate keep

VIRTUAL_ENV=__VENV__
VIRTUAL_ENV_PROMPT=${VIRTUAL_ENV##*/}
export VIRTUAL_ENV VIRTUAL_ENV_PROMPT

_PYDEPLOY_PATH=$PATH
PATH=$VIRTUAL_ENV/bin:$PATH
export PATH

if [ -n "${PYTHONHOME+set}" ]; then
    _PYDEPLOY_PYTHONHOME=$PYTHONHOME
    unset PYTHONHOME
fi

if [ -z "${VIRTUAL_ENV_DISABLE_PROMPT:-}" ]; then
    _PYDEPLOY_PS1=${PS1:-}
    PS1="($VIRTUAL_ENV_PROMPT) ${PS1:-}"
fi

hash -r 2>/dev/null || true
