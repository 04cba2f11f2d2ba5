# Read by fish: `source bin/activate.fish`. What it changes, `deactivate` takes back.

function deactivate -d 'Leave the virtual environment'
    if set -q _PYDEPLOY_PATH
        set -gx PATH $_PYDEPLOY_PATH
        set -e _PYDEPLOY_PATH
    end
    if set -q _PYDEPLOY_PYTHONHOME
        set -gx PYTHONHOME $_PYDEPLOY_PYTHONHOME
        set -e _PYDEPLOY_PYTHONHOME
    end
    if functions -q _pydeploy_fish_prompt
        functions -e fish_prompt
        functions -c _pydeploy_fish_prompt fish_prompt
        functions -e _pydeploy_fish_prompt
    end
    set -e VIRTUAL_ENV
    set -e VIRTUAL_ENV_PROMPT
    if test "$argv[1]" != keep
        functions -e deactivate
    end
end

deactivate keep

set -gx VIRTUAL_ENV __VENV__
set -gx VIRTUAL_ENV_PROMPT (basename $VIRTUAL_ENV)

set -gx _PYDEPLOY_PATH $PATH
set -gx PATH $VIRTUAL_ENV/bin $PATH

if set -q PYTHONHOME
    set -gx _PYDEPLOY_PYTHONHOME $PYTHONHOME
    set -e PYTHONHOME
end

if test -z "$VIRTUAL_ENV_DISABLE_PROMPT"; and functions -q fish_prompt
    functions -c fish_prompt _pydeploy_fish_prompt
    function fish_prompt
        printf '(%s) ' $VIRTUAL_ENV_PROMPT
        _pydeploy_fish_prompt
    end
end
