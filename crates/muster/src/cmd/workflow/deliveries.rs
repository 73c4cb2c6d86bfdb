//! `--message` and `--signal`: two options whose order among each other counts.

use anyhow::{Context as _, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches};
use model::Value;
use rehearsal::Delivery;

const MESSAGE: &str = "message";
const SIGNAL: &str = "signal";

/// Messages and signals as they were given.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    given: Vec<(&'static str, String)>,
}

impl clap::Args for Deliveries {
    fn augment_args(command: Command) -> Command {
        let option = |name: &'static str, value: &'static str, help: &'static str| {
            Arg::new(name).long(name).value_name(value).help(help).action(ArgAction::Append)
        };
        let help = "Message to deliver when nothing else can advance; may be given several times";
        let command = command.arg(option(MESSAGE, "NAME[:KEY][=JSON]", help));
        let help = "Signal to deliver when nothing else can advance; may be given several times";
        command.arg(option(SIGNAL, "NAME", help))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Deliveries {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut found: Vec<(usize, &'static str, String)> = Vec::new();
        for option in [MESSAGE, SIGNAL] {
            let places = matches.indices_of(option).into_iter().flatten();
            let values = matches.get_many::<String>(option).into_iter().flatten();
            found.extend(places.zip(values).map(|(place, value)| (place, option, value.clone())));
        }
        found.sort_by_key(|(place, ..)| *place);
        Ok(Self { given: found.into_iter().map(|(_, option, value)| (option, value)).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Deliveries {
    /// What they mean, in the order given.
    pub(super) fn read(&self) -> anyhow::Result<Vec<Delivery>> {
        let read = |(option, text): &(&'static str, String)| match *option {
            SIGNAL => signal(text),
            _ => message(text),
        };
        self.given.iter().map(read).collect()
    }
}

fn signal(text: &str) -> anyhow::Result<Delivery> {
    if text.is_empty() {
        bail!("--signal: expected the name of a signal");
    }
    Ok(Delivery::Signal { name: text.into(), payload: Value::Null })
}

/// `NAME[:KEY][=JSON]`.
fn message(text: &str) -> anyhow::Result<Delivery> {
    let (whom, payload) = match text.split_once('=') {
        Some((whom, json)) => {
            (whom, Value::from_json(json).with_context(|| format!("--message {whom}: what follows '=' is not JSON"))?)
        }
        None => (text, Value::Null),
    };
    let (name, key) = match whom.split_once(':') {
        Some((name, key)) => (name, Some(key.into())),
        None => (whom, None),
    };
    if name.is_empty() {
        bail!("--message: expected NAME[:KEY][=JSON], not '{text}'");
    }
    Ok(Delivery::Message { name: name.into(), key, payload })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_a_name_and_may_have_a_key_and_a_payload() {
        for (text, expected) in [
            ("paid", Some(("paid", None, "null"))),
            ("paid:7", Some(("paid", Some("7"), "null"))),
            (r#"paid={"a":"b=c:d"}"#, Some(("paid", None, r#"{"a":"b=c:d"}"#))),
            ("paid:a:b=1", Some(("paid", Some("a:b"), "1"))),
            ("paid=", None),
            (":7", None),
            ("", None),
        ] {
            let found = message(text).ok();
            let expected = expected.map(|(name, key, json)| Delivery::Message {
                name: name.into(),
                key: key.map(Into::into),
                payload: Value::from_json(json).expect("JSON"),
            });
            assert_eq!(found, expected, "{text}");
        }
    }
}
