# Read by csh or tcsh: `source bin/activate.csh`. What it changes, `deactivate` takes back.

# Variables in a command after `&&` are looked up only when it runs.
alias deactivate 'test $?_PYDEPLOY_PATH != 0 && setenv PATH "$_PYDEPLOY_PATH" && unset _PYDEPLOY_PATH; test $?_PYDEPLOY_PROMPT != 0 && set prompt="$_PYDEPLOY_PROMPT" && unset _PYDEPLOY_PROMPT; unsetenv VIRTUAL_ENV; unsetenv VIRTUAL_ENV_PROMPT; rehash; test "\!:*" == "keep" || unalias deactivate'

deactivate keep

setenv VIRTUAL_ENV __VENV__
setenv VIRTUAL_ENV_PROMPT "$VIRTUAL_ENV:t"

set _PYDEPLOY_PATH="$PATH"
setenv PATH "${VIRTUAL_ENV}/bin:${PATH}"

if (! $?VIRTUAL_ENV_DISABLE_PROMPT) then
    if ($?prompt) then
        set _PYDEPLOY_PROMPT="$prompt"
        set prompt="(${VIRTUAL_ENV_PROMPT}) $prompt"
    endif
endif

rehash
