//! Every API route, with its permission.

use axum::extract::DefaultBodyLimit;
use desk::access::Permission;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::guard::guarded;
use crate::imports::IMPORT_MAX;
use crate::{
    accounts, avatars, bots, customers, diversion, drafts, events, fields, imports, invitations, logins, me,
    members, messages, notes, notifications, openapi, passwords, portraits, project_settings, projects,
    second_factor, session_verbs, sessions, setup, simulator, tags, viewers, views, workspace,
};

/// Every API route with its permission, and the description of all if the application describes itself.
pub(crate) fn api(app: &App) -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::base())
        .merge(people(app))
        .merge(projects_and_bots(app))
        .merge(sessions_and_messages(app))
        .merge(customers_and_labels(app))
}

/// Accounts, logins and oneself.
fn people(app: &App) -> OpenApiRouter<App> {
    use Permission::{ManageMembers, ServeSessions};
    OpenApiRouter::new()
        .routes(routes!(setup::site))
        .routes(routes!(setup::set_up))
        .routes(routes!(logins::log_in))
        .merge(guarded(app, ServeSessions, routes!(logins::log_out)))
        .merge(guarded(app, ServeSessions, routes!(me::show, me::change)))
        .merge(guarded(app, ServeSessions, routes!(me::set_status)))
        .merge(guarded(app, ServeSessions, routes!(logins::mine)))
        .merge(guarded(app, ServeSessions, routes!(passwords::change_password)))
        .merge(guarded(app, ServeSessions, routes!(second_factor::begin, second_factor::turn_off)))
        .merge(guarded(app, ServeSessions, routes!(second_factor::confirm)))
        .merge(guarded(app, ServeSessions, routes!(second_factor::new_codes)))
        .merge(guarded(app, ServeSessions, routes!(portraits::upload_avatar, portraits::remove_avatar)))
        .merge(guarded(app, ServeSessions, routes!(members::list)))
        .merge(guarded(app, ServeSessions, routes!(portraits::show_avatar)))
        .merge(guarded(app, ManageMembers, routes!(logins::of_member)))
        .merge(guarded(app, ManageMembers, routes!(second_factor::reset_second_factor)))
        .merge(guarded(app, ServeSessions, routes!(workspace::show)))
        .merge(guarded(app, ManageMembers, routes!(workspace::change)))
        .merge(guarded(app, ManageMembers, routes!(members::add)))
        .merge(guarded(app, ManageMembers, routes!(accounts::change, accounts::delete)))
        .merge(guarded(app, ManageMembers, routes!(accounts::list)))
        .merge(guarded(app, ManageMembers, routes!(accounts::show)))
        .merge(guarded(app, ManageMembers, routes!(accounts::disable)))
        .merge(guarded(app, ManageMembers, routes!(accounts::enable)))
        .merge(guarded(app, ManageMembers, routes!(accounts::sign_out)))
        .merge(guarded(app, ManageMembers, routes!(accounts::set_password)))
        .merge(guarded(app, ManageMembers, routes!(accounts::invite, accounts::revoke_invitation)))
        .merge(guarded(app, ManageMembers, routes!(accounts::departure)))
        .merge(guarded(app, ManageMembers, routes!(accounts::hand_over)))
        .merge(
            guarded(app, ManageMembers, routes!(imports::preview)).layer(DefaultBodyLimit::max(IMPORT_MAX)),
        )
        .merge(guarded(app, ManageMembers, routes!(imports::run)).layer(DefaultBodyLimit::max(IMPORT_MAX)))
        .routes(routes!(invitations::look))
        .routes(routes!(invitations::accept))
}

/// Projects, their settings and their bots.
fn projects_and_bots(app: &App) -> OpenApiRouter<App> {
    use Permission::{ManageProjects, ServeSessions};
    OpenApiRouter::new()
        .merge(guarded(app, ServeSessions, routes!(projects::list)))
        .merge(guarded(app, ManageProjects, routes!(projects::add)))
        .merge(guarded(app, ServeSessions, routes!(projects::show)))
        .merge(guarded(app, ManageProjects, routes!(projects::change, project_settings::delete)))
        .merge(guarded(app, ManageProjects, routes!(project_settings::set_scope)))
        .merge(guarded(
            app,
            ManageProjects,
            routes!(project_settings::operations, project_settings::set_operations),
        ))
        .merge(guarded(app, ManageProjects, routes!(project_settings::losses)))
        .merge(guarded(app, ManageProjects, routes!(diversion::dry_run)))
        .merge(guarded(app, ManageProjects, routes!(project_settings::health)))
        .merge(guarded(app, ManageProjects, routes!(project_settings::repair)))
        .merge(guarded(app, ManageProjects, routes!(projects::replace_token)))
        .merge(guarded(app, ManageProjects, routes!(projects::telegram_apis)))
        .merge(guarded(app, ManageProjects, routes!(bots::look)))
        .merge(guarded(app, ManageProjects, routes!(simulator::make_bot)))
}

/// Sessions, and what is said in them.
fn sessions_and_messages(app: &App) -> OpenApiRouter<App> {
    use Permission::{AssignSessions, ServeSessions};
    OpenApiRouter::new()
        .merge(guarded(app, ServeSessions, routes!(sessions::list)))
        .merge(guarded(app, ServeSessions, routes!(sessions::counts)))
        .merge(guarded(app, ServeSessions, routes!(sessions::show)))
        .merge(guarded(app, ServeSessions, routes!(sessions::take)))
        .merge(guarded(app, ServeSessions, routes!(sessions::take_up)))
        .merge(guarded(app, ServeSessions, routes!(sessions::read)))
        .merge(guarded(app, ServeSessions, routes!(sessions::end)))
        .merge(guarded(app, ServeSessions, routes!(session_verbs::transfer)))
        .merge(guarded(app, AssignSessions, routes!(session_verbs::assign)))
        .merge(guarded(app, AssignSessions, routes!(session_verbs::take_over)))
        .merge(guarded(app, ServeSessions, routes!(session_verbs::put_back)))
        .merge(guarded(app, ServeSessions, routes!(session_verbs::reopen)))
        .merge(guarded(app, ServeSessions, routes!(session_verbs::receivers)))
        .merge(guarded(app, ServeSessions, routes!(session_verbs::bulk)))
        .merge(guarded(app, ServeSessions, routes!(session_verbs::hand_over)))
        .merge(guarded(app, ServeSessions, routes!(messages::post)))
        .merge(guarded(app, ServeSessions, routes!(messages::resend)))
}

/// Customers, what is known of them, and what a member keeps for themselves.
fn customers_and_labels(app: &App) -> OpenApiRouter<App> {
    use Permission::{ManageTags, ServeSessions};
    OpenApiRouter::new()
        .merge(guarded(app, ServeSessions, routes!(customers::show)))
        .merge(guarded(app, ServeSessions, routes!(avatars::show)))
        .merge(guarded(app, ServeSessions, routes!(customers::timeline)))
        .merge(guarded(app, ServeSessions, routes!(customers::sessions)))
        .merge(guarded(app, ServeSessions, routes!(tags::list)))
        .merge(guarded(app, ManageTags, routes!(tags::add)))
        .merge(guarded(app, ManageTags, routes!(tags::change, tags::delete)))
        .merge(guarded(app, ManageTags, routes!(tags::merge)))
        .merge(guarded(app, ServeSessions, routes!(tags::edit_of_session)))
        .merge(guarded(app, ServeSessions, routes!(tags::edit_of_customer)))
        .merge(guarded(app, ServeSessions, routes!(fields::list)))
        .merge(guarded(app, ManageTags, routes!(fields::add)))
        .merge(guarded(app, ManageTags, routes!(fields::change, fields::delete)))
        .merge(guarded(app, ServeSessions, routes!(fields::set_values)))
        .merge(guarded(app, ServeSessions, routes!(notes::list, notes::post)))
        .merge(guarded(app, ServeSessions, routes!(notes::change, notes::delete)))
        .merge(guarded(app, ServeSessions, routes!(notes::history)))
        .merge(guarded(app, ServeSessions, routes!(notes::upload_picture)))
        .merge(guarded(app, ServeSessions, routes!(notes::show_picture)))
        .merge(guarded(app, ServeSessions, routes!(customers::statistics)))
        .merge(guarded(app, ServeSessions, routes!(views::list, views::save)))
        .merge(guarded(app, ServeSessions, routes!(views::change, views::delete)))
        .merge(guarded(app, ServeSessions, routes!(notifications::list)))
        .merge(guarded(app, ServeSessions, routes!(notifications::read)))
        .merge(guarded(app, ServeSessions, routes!(viewers::say)))
        .merge(guarded(app, ServeSessions, routes!(viewers::list)))
        .merge(guarded(app, ServeSessions, routes!(drafts::list)))
        .merge(guarded(app, ServeSessions, routes!(drafts::show, drafts::save, drafts::remove)))
        .merge(guarded(app, ServeSessions, routes!(events::connect)))
}
