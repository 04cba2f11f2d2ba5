// What examples are about: they include this file.

/// A release of a small site, whose files it writes into `dir`.
pub fn release(dir: &std::path::Path, version: &str) -> Result<pydeploy::release::Release, Box<dyn std::error::Error>> {
    let project = "[project]\nname = \"site\"\n[tool.pydeploy]\ntargets = [\"debian12\"]\ninclude = [\"*.py\"]\n\
                   service.command = [\"python\", \"app.py\"]\n";
    std::fs::write(dir.join("pyproject.toml"), project)?;
    std::fs::write(dir.join("app.py"), format!("print('site {version}')\n"))?;
    let project = pydeploy::config::Project::load(dir)?;
    let target = project.targets[0].clone();
    Ok(pydeploy::release::Release::plan(&project, version.parse()?, target, Vec::new())?)
}
