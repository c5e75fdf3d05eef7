//! What a message holds.

use serde_json::Value;

/// Content fields of `Message`, in the order in which they decide: Telegram sets `document` beside `animation`, and
/// `location` beside `venue`, for clients that do not know the newer one.
const CONTENT: &[&str] = &[
    "text",
    "animation",
    "audio",
    "live_photo",
    "photo",
    "sticker",
    "story",
    "video_note",
    "video",
    "voice",
    "paid_media",
    "document",
    "rich_message",
    "checklist",
    "contact",
    "dice",
    "game",
    "poll",
    "venue",
    "location",
    "invoice",
    "giveaway",
    "giveaway_winners",
];

/// Fields that make a message a service message: something happened, nobody wrote.
const SERVICE: &[&str] = &[
    "new_chat_members",
    "left_chat_member",
    "chat_owner_left",
    "chat_owner_changed",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "group_chat_created",
    "supergroup_chat_created",
    "channel_chat_created",
    "message_auto_delete_timer_changed",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
    "pinned_message",
    "successful_payment",
    "refunded_payment",
    "users_shared",
    "chat_shared",
    "gift",
    "unique_gift",
    "gift_upgrade_sent",
    "connected_website",
    "write_access_allowed",
    "passport_data",
    "proximity_alert_triggered",
    "boost_added",
    "chat_background_set",
    "checklist_tasks_done",
    "checklist_tasks_added",
    "direct_message_price_changed",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "general_forum_topic_hidden",
    "general_forum_topic_unhidden",
    "giveaway_created",
    "giveaway_completed",
    "managed_bot_created",
    "paid_message_price_changed",
    "poll_option_added",
    "poll_option_deleted",
    "suggested_post_approved",
    "suggested_post_approval_failed",
    "suggested_post_declined",
    "suggested_post_paid",
    "suggested_post_refunded",
    "video_chat_scheduled",
    "video_chat_started",
    "video_chat_ended",
    "video_chat_participants_invited",
    "web_app_data",
];

/// Names what a message holds by Telegram's own field name: `text`, `photo`, `voice` …, a service field such as
/// `pinned_message`, or `unknown` for what Bot API 10.1 does not know.
pub fn content_kind(message: &Value) -> &'static str {
    let holds = |field: &&&str| message.get(**field).is_some_and(|value| !value.is_null());
    CONTENT.iter().chain(SERVICE).find(holds).copied().unwrap_or("unknown")
}

/// Whether a kind named by [`content_kind`] is a service message: something happened, nobody wrote.
pub fn is_service_kind(kind: &str) -> bool {
    SERVICE.contains(&kind)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_more_telling_field_wins() {
        assert_eq!(content_kind(&json!({"text": "hi", "photo": null})), "text");
        assert_eq!(content_kind(&json!({"document": {}, "animation": {}})), "animation");
        assert_eq!(content_kind(&json!({"location": {}, "venue": {}})), "venue");
        assert_eq!(content_kind(&json!({"photo": [], "caption": "x"})), "photo");
        assert_eq!(content_kind(&json!({"pinned_message": {"text": "x"}})), "pinned_message");
        assert_eq!(content_kind(&json!({"hologram": {}})), "unknown");
        assert_eq!(content_kind(&json!("no object")), "unknown");
        assert!(
            is_service_kind("pinned_message") && !is_service_kind("photo") && !is_service_kind("unknown")
        );
    }
}
