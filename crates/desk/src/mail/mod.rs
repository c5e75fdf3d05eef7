//! Mail: the only concept that speaks SMTP. Optional; without it links are there to copy.

use std::time::Duration;

use lettre::message::{Mailbox, header::ContentType};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::error::{Error, Result};

/// How long the mail server may take for each of its answers.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends letters. Cheap to clone; clones share the connections.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// A letter to one person.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) to: String,
    pub(crate) name: String,
    pub(crate) subject: String,
    pub(crate) text: String,
}

/// Why a letter was not taken.
#[derive(Debug, Clone)]
pub(crate) struct Undelivered {
    /// Whether trying again is of no use.
    pub(crate) is_final: bool,
    /// What the server said, or why it could not be asked.
    pub(crate) words: String,
}

impl Mailer {
    /// Over `smtp[s]://user:password@host:port` (`smtp` with `?tls=required` for STARTTLS), in the name of `from`.
    pub fn new(url: &str, from: &str) -> Result<Self> {
        // The address may hold a password: what is wrong with it is said without repeating it.
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| {
            Error::Internal("the mail server's address is none: smtp://host:port is expected".to_owned())
        })?;
        let from = from
            .parse()
            .map_err(|_| Error::Internal(format!("{from} is no address that mail can come from")))?;
        Ok(Self { transport: transport.timeout(Some(PATIENCE)).build(), from })
    }

    /// Hands a letter to the mail server.
    pub(crate) async fn send(&self, letter: Letter) -> Result<(), Undelivered> {
        let broken = |words: String| Undelivered { is_final: true, words };
        let address: Address = letter.to.parse().map_err(|_| broken("no e-mail address".to_owned()))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(letter.name), address))
            .subject(letter.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text)
            .map_err(|error| broken(error.to_string()))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(Undelivered { is_final: error.is_permanent(), words: error.to_string() }),
        }
    }
}

/// Whether mail could be sent there.
pub(crate) fn is_address(text: &str) -> bool {
    text.parse::<Address>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in ["ana@example.com", "a.b+c@sub.example.co", "анна@пример.рф"] {
            assert!(is_address(good), "{good}");
        }
        for bad in ["", "ana", "ana@", "@example.com", "a b@example.com", "a@b@c", "Ana <ana@example.com>"] {
            assert!(!is_address(bad), "{bad}");
        }
    }

    #[test]
    fn a_wrong_address_is_refused_without_repeating_its_password() {
        let refused = Mailer::new("http://u:secret@host", "desk@example.com").err().unwrap().to_string();
        assert!(!refused.contains("secret"), "{refused}");
        assert!(Mailer::new("smtp://localhost:2525", "Desk <desk@example.com>").is_ok());
        assert!(Mailer::new("smtps://u:p@localhost", "nobody").is_err());
    }
}
