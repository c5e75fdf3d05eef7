//! `teledesk demo`: a simulated Telegram and a server with a sample workspace, in one process.

mod life;
mod sample;
mod seed;

use desk::avatars::Folder;
use desk::inbound::Receiving;
use desk::members;
use http_api::Settings;
use simulator::Options;
use telegram::HttpOptions;

use crate::cli::{Data, Demo};
use crate::failure::Failure;
use crate::installation::{self, Use};
use crate::own_simulator::Own;
use crate::serve::{self, Figures, Parts, Server};
use crate::simulator_command;
use crate::{node, say, stop};

/// Runs the demo until it is told to stop.
pub(crate) async fn demo(options: Demo) -> Result<(), Failure> {
    let stop = stop::on_signal()?;
    let listener = serve::listen(options.listen).await?;
    let simulator =
        simulator_command::start(Options { listen: options.simulator, ..Options::default() }).await?;
    // Kept until the end: a temporary folder goes with its guard.
    let temporary = match options.data {
        Some(_) => None,
        None => {
            Some(tempfile::tempdir().map_err(|error| Failure::new(format!("no temporary folder: {error}")))?)
        }
    };
    let folder = options.data.or_else(|| temporary.as_ref().map(|folder| folder.path().to_owned()));
    let data = Data { folder: folder.unwrap_or_default(), database: None, secret_key_file: None };
    let store = tokio::task::block_in_place(|| installation::open(&data, Use::Server))?;
    let own = Own::of(&simulator);
    let mut apis = Vec::new();
    own.join(&mut apis);
    let bots = installation::bots(&data, &store, apis, HttpOptions::default()).await?;
    let people = seed::people(&simulator)?;
    if members::setup_needed(&store).await? {
        seed::workspace(&store, &bots, &simulator, &people).await?;
    } else {
        seed::adopt(&store, &simulator, &people).await?;
    }
    let media = node::media(&data, None);
    let seat = node::join(&data, &media, &store, &listener).await?;
    let avatars = Folder::new(&media);
    let (settings, receiving, figures) = (Settings::default(), Receiving::default(), Figures::default());
    let maker = Some(own.maker());
    let parts = Parts {
        store,
        bots,
        avatars,
        seat,
        listener,
        settings,
        receiving,
        figures,
        mailer: None,
        simulator: maker,
    };
    let server = Server::start(parts, stop.clone()).await?;
    introduce(&server.url, &simulator.url());
    if !options.quiet {
        tokio::spawn(stop.clone().run_until_cancelled_owned(life::live(simulator.clone(), people)));
    }
    stop.cancelled().await;
    let stopped = server.stop().await;
    simulator.stop().await;
    stopped
}

fn introduce(portal: &str, simulator: &str) {
    say("");
    say(format_args!("  The portal, for the team:        {portal}"));
    say(format_args!("  Telegram, to be the customers:   {simulator}"));
    say("");
    say("  Sign in as    login name   password");
    for account in sample::ACCOUNTS {
        say(format_args!("  {:<13} {:<12} {}", account.role_words, account.login_name, sample::PASSWORD));
    }
    say("");
    say("  Everything here is made up and answers to this machine only. Ctrl-C ends it.");
    say("");
}
