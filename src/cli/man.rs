//! `s3harden man`: the manual page, in roff.

use clap::CommandFactory as _;

use super::{Cli, Exit, Stop};

#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_: &Args) -> Result<Exit, Stop> {
    let mut page = Vec::new();
    let mut sections = Cli::command();
    sections.build();
    let rendered = clap_mangen::Man::new(sections.clone()).render(&mut page);
    let rendered = sections.get_subcommands().filter(|c| c.get_name() != "help").fold(rendered, |done, command| {
        done.and_then(|()| {
            let man = clap_mangen::Man::new(command.clone());
            man.render_name_section(&mut page)?;
            man.render_synopsis_section(&mut page)?;
            man.render_description_section(&mut page)?;
            man.render_options_section(&mut page)
        })
    });
    rendered.map_err(|error| Stop::could_not_run(format!("the manual page cannot be made: {error}")))?;
    super::print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Clean)
}
