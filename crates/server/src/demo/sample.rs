//! The sample workspace: who is in it, and what was said.

use desk::members::Role;

pub(super) const PASSWORD: &str = "teledesk-demo";

pub(super) struct Account {
    pub(super) role: Role,
    pub(super) role_words: &'static str,
    pub(super) name: &'static str,
    pub(super) login_name: &'static str,
}

pub(super) const ACCOUNTS: [Account; 3] = [
    Account { role: Role::Owner, role_words: "the owner", name: "Olivia Hart", login_name: "olivia" },
    Account { role: Role::Agent, role_words: "an agent", name: "Anna Weber", login_name: "anna" },
    Account { role: Role::Agent, role_words: "an agent", name: "Bruno Costa", login_name: "bruno" },
];

pub(super) struct Bot {
    pub(super) token: &'static str,
    pub(super) name: &'static str,
    pub(super) username: &'static str,
}

/// Visibly fake, but well-formed.
pub(super) const BOTS: [Bot; 2] = [
    Bot {
        token: "700100200:SIMULATED-harbour-shop-not-a-real-token",
        name: "Harbour Shop",
        username: "harbour_shop_bot",
    },
    Bot {
        token: "700100300:SIMULATED-northlight-pay-not-a-real-token",
        name: "Northlight Pay",
        username: "northlight_pay_bot",
    },
];

pub(super) struct Person {
    pub(super) id: i64,
    pub(super) first_name: &'static str,
    pub(super) last_name: Option<&'static str>,
    pub(super) username: Option<&'static str>,
    pub(super) language: &'static str,
    /// Index into `BOTS`.
    pub(super) bot: usize,
    /// What was said, oldest first.
    pub(super) story: &'static [Line],
    /// What they may write next, live.
    pub(super) next: &'static [&'static str],
}

/// One step of a story.
pub(super) enum Line {
    /// Minutes before now, and what the customer wrote.
    They(i64, &'static str),
    /// Minutes before now, and what the assignee answered.
    We(i64, &'static str),
    /// Minutes before now: the assignee ended the session.
    End(i64),
}
use Line::{End, They, We};

pub(super) const PEOPLE: [Person; 12] = [
    Person {
        id: 5_100_001,
        first_name: "Mei",
        last_name: Some("Lin"),
        username: Some("meilin_w"),
        language: "zh-hans",
        bot: 0,
        story: &[
            They(2890, "你好，我昨天下的订单 HS-20418 什么时候发货？"),
            We(2884, "您好！我查一下，请稍等。"),
            We(2881, "您的包裹今天下午会交给快递，单号会自动发给您。"),
            They(2878, "太好了，谢谢！"),
            End(2870),
            They(47, "你好，包裹收到了，但是少了一个杯子"),
            We(41, "非常抱歉！能告诉我缺的是哪一款吗？"),
            They(38, "蓝色的那个，订单里应该有两个"),
            They(37, "只有一个 😕"),
        ],
        next: &["可以补发吗？", "或者退款也可以", "谢谢你的帮助！"],
    },
    Person {
        id: 5_100_002,
        first_name: "Дмитрий",
        last_name: Some("Соколов"),
        username: Some("d_sokolov"),
        language: "ru",
        bot: 1,
        story: &[
            They(4330, "Добрый день. Как подтвердить личность, если паспорт меняю?"),
            We(4322, "Здравствуйте! Подойдёт водительское удостоверение или загранпаспорт."),
            They(4319, "Понял, спасибо, попробую"),
            We(4317, "Если что-то не получится — пишите, поможем."),
            End(4300),
            They(96, "Загранпаспорт загрузил, но статус «на проверке» уже сутки"),
            We(90, "Вижу вашу заявку. Проверка обычно занимает до 24 часов, я попросил ускорить."),
            They(85, "Спасибо, жду"),
            We(31, "Готово: личность подтверждена, лимиты обновлены."),
            They(29, "Отлично! А переводы в евро теперь доступны?"),
        ],
        next: &["И какая комиссия за перевод?", "Понял, спасибо большое", "Всё работает 👍"],
    },
    Person {
        id: 5_100_003,
        first_name: "Emma",
        last_name: Some("Fischer"),
        username: Some("emma_f"),
        language: "de",
        bot: 0,
        story: &[
            They(66, "Hallo, kann ich die Lieferadresse noch ändern? Bestellung HS-20533"),
            We(63, "Guten Tag! Ja, solange sie nicht verpackt ist. Wohin soll sie gehen?"),
            They(61, "Lindenstraße 14, 10969 Berlin"),
            We(58, "Ist geändert. Sie bekommen gleich eine neue Bestätigung."),
            They(57, "Super, das ging ja schnell. Danke!"),
        ],
        next: &[
            "Kommt das Paket noch diese Woche?",
            "Alles klar, vielen Dank",
            "Ach so, kann ich auch per Rechnung zahlen?",
        ],
    },
    Person {
        id: 5_100_004,
        first_name: "Carlos",
        last_name: Some("Mendoza"),
        username: None,
        language: "es",
        bot: 1,
        story: &[
            They(34, "Hola, me rechazaron un pago con tarjeta y no sé por qué"),
            They(33, "Probé dos veces"),
            We(28, "Hola Carlos, lo reviso ahora mismo."),
            We(
                25,
                "El banco pidió una confirmación que no llegó. ¿Puede intentarlo con la aplicación del banco abierta?",
            ),
            They(22, "Voy a probar"),
        ],
        next: &["Ahora sí funcionó, gracias", "Sigue sin funcionar 😩", "¿Hay otra forma de pagar?"],
    },
    Person {
        id: 5_100_005,
        first_name: "Aisha",
        last_name: Some("Rahman"),
        username: Some("aisha_r"),
        language: "ar",
        bot: 0,
        story: &[
            They(26, "مرحبا، هل يمكنني استبدال المقاس؟"),
            We(23, "أهلاً بك! نعم، خلال 30 يوماً. ما رقم الطلب؟"),
            They(21, "الطلب HS-20477"),
        ],
        next: &["شكراً جزيلاً", "متى يصل الطلب الجديد؟", "هل الإرجاع مجاني؟"],
    },
    Person {
        id: 5_100_006,
        first_name: "James",
        last_name: Some("O’Connell"),
        username: Some("jamesoc"),
        language: "en",
        bot: 1,
        story: &[
            They(19, "Hi, I was charged twice for the same transfer. Reference NP-88213."),
            We(
                16,
                "Hi James, sorry about that. I can see both. One is only a hold and will drop off by itself.",
            ),
            They(14, "How long does that take? It's rent money."),
        ],
        next: &[
            "OK, I'll keep an eye on it.",
            "It's gone now, thank you!",
            "Can you send me that in writing?",
        ],
    },
    Person {
        id: 5_100_007,
        first_name: "Ольга",
        last_name: None,
        username: Some("olga_knits"),
        language: "ru",
        bot: 0,
        story: &[
            They(12, "Здравствуйте! Есть ли у вас шерсть цвета «морская волна»?"),
            They(11, "Нужно 8 мотков"),
        ],
        next: &["Можно отложить до пятницы?", "Спасибо!", "А доставка до пункта выдачи есть?"],
    },
    Person {
        id: 5_100_008,
        first_name: "小林",
        last_name: None,
        username: None,
        language: "ja",
        bot: 0,
        story: &[They(9, "こんにちは。日本への送料を教えてください。")],
        next: &["何日くらいかかりますか？", "ありがとうございます。", "注文します！"],
    },
    Person {
        id: 5_100_009,
        first_name: "Priya",
        last_name: Some("Natarajan-Subramanian"),
        username: Some("priya_ns"),
        language: "en",
        bot: 1,
        story: &[
            They(6, "Hello! My new phone doesn't receive the login codes."),
            They(5, "Same number as before, only the device changed."),
        ],
        next: &["Still nothing…", "Oh wait, it arrived now.", "Thanks for the quick help!"],
    },
    Person {
        id: 5_100_010,
        first_name: "Lukas",
        last_name: Some("Novák"),
        username: Some("lukas_n"),
        language: "cs",
        bot: 0,
        story: &[
            They(1530, "Dobrý den, máte ještě dárkové poukazy?"),
            We(1526, "Dobrý den, ano, v hodnotě 20, 50 a 100 eur. Posíláme je e-mailem."),
            They(1524, "Výborně, objednám. Díky!"),
            We(1523, "Rádo se stalo, hezký den!"),
            End(1520),
        ],
        next: &["Dobrý den, poukaz nepřišel", "Už je tady, díky", "Lze ho použít i na slevy?"],
    },
    Person {
        id: 5_100_011,
        first_name: "Sofía",
        last_name: Some("Herrera"),
        username: Some("sofi_h"),
        language: "es",
        bot: 0,
        story: &[
            They(5790, "¿Hacen envíos a Canarias?"),
            We(5786, "¡Sí! Tardan entre 4 y 6 días."),
            They(5785, "Perfecto, gracias 🙌"),
            End(5780),
        ],
        next: &["Hola, ¿ya salió mi pedido?", "¡Gracias!", "¿Puedo añadir algo más?"],
    },
    Person {
        id: 5_100_012,
        first_name: "Noah",
        last_name: None,
        username: Some("noah_b"),
        language: "en",
        bot: 1,
        story: &[
            They(3010, "what's the fee for withdrawals to a bank in Poland"),
            We(3003, "Hi Noah! 0.4 %, at least 1 €. It arrives on the next working day."),
            They(3002, "ok cool"),
            End(2995),
        ],
        next: &["hey, one more question", "does that include weekends?", "thx"],
    },
];
