//! What letters say, in the languages of the portal.

use super::model::Kind;

/// Subject and text of the letter that brings a link.
pub(super) fn written(
    language: &str,
    kind: Kind,
    workspace: &str,
    from: &str,
    link: &str,
) -> (String, String) {
    match (language, kind) {
        ("zh", Kind::Invitation) => (
            format!("邀请您加入 {workspace}"),
            format!(
                "您好！\n\n{from} 邀请您加入 {workspace}。请打开此链接设置密码并登录：\n\n{link}\n\n链接 72 小时内有效，且只能使用一次。\n"
            ),
        ),
        ("zh", Kind::Reset) => (
            format!("重设您在 {workspace} 的密码"),
            format!(
                "您好！\n\n{from} 为您发送了重设 {workspace} 密码的链接：\n\n{link}\n\n链接 72 小时内有效，且只能使用一次。\n"
            ),
        ),
        ("ru", Kind::Invitation) => (
            format!("Приглашение в {workspace}"),
            format!(
                "Здравствуйте!\n\n{from} приглашает вас в {workspace}. Откройте ссылку, чтобы задать пароль и войти:\n\n{link}\n\nСсылка действует 72 часа и только один раз.\n"
            ),
        ),
        ("ru", Kind::Reset) => (
            format!("Новый пароль для {workspace}"),
            format!(
                "Здравствуйте!\n\n{from} отправляет вам ссылку, чтобы задать новый пароль для {workspace}:\n\n{link}\n\nСсылка действует 72 часа и только один раз.\n"
            ),
        ),
        (_, Kind::Invitation) => (
            format!("Your invitation to {workspace}"),
            format!(
                "Hello,\n\n{from} invites you to {workspace}. Open this link to set your password and sign in:\n\n{link}\n\nThe link is good for 72 hours, and only once.\n"
            ),
        ),
        (_, Kind::Reset) => (
            format!("A new password for {workspace}"),
            format!(
                "Hello,\n\n{from} sends you a link to set a new password for {workspace}:\n\n{link}\n\nThe link is good for 72 hours, and only once.\n"
            ),
        ),
    }
}
