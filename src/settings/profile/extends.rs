//! A profile with all that it extends, as a [`Layer`].

use std::sync::Arc;

use super::fill::Variables;
use super::{Faults, File, ProfileError, Wanted};
use crate::settings::excerpt::{self, shown};
use crate::settings::layer::{Layer, Place};
use crate::settings::yaml::{At, Mapping, Node, Spanned};

/// How long a chain of `extends` may be.
const DEEPEST: usize = 16;

impl File {
    /// What `defaults` says.
    ///
    /// # Errors
    /// Unknown keys, values of the wrong kind, variables that are not set.
    pub fn defaults(&self, lookup: Variables<'_>) -> Result<Layer, ProfileError> {
        let mut faults = Faults::default();
        let layer = self.defaults_with(lookup, &mut faults);
        faults.none(layer)
    }

    /// The same with all that is wrong.
    pub fn defaults_with(&self, lookup: Variables<'_>, faults: &mut Faults) -> Layer {
        self.bounds.begin();
        self.layer(&self.defaults, "defaults", lookup, faults).0
    }

    /// What the profile `name` says, with all that it extends. Parents are sought in this file, then in `others`, which was
    /// read as a whole.
    ///
    /// # Errors
    /// As [`File::defaults`]; no profile of that name, `extends` in a circle.
    pub fn profile(&self, name: &str, others: Option<&Self>, lookup: Variables<'_>) -> Result<Layer, ProfileError> {
        let mut faults = Faults::default();
        let layer = self.profile_with(name, others, lookup, &mut faults);
        faults.none(layer)
    }

    /// The same with all that is wrong.
    pub fn profile_with(&self, name: &str, others: Option<&Self>, lookup: Variables<'_>, faults: &mut Faults) -> Layer {
        let mut merged = Layer::default();
        if let Err(fault) = self.chain(name, others, lookup, &mut merged, faults) {
            faults.push(fault);
        }
        merged
    }

    /// Merges a profile and all that it extends into `merged`. What is wrong with one of them is no reason not to look at
    /// the next.
    fn chain(
        &self,
        name: &str,
        others: Option<&Self>,
        lookup: Variables<'_>,
        merged: &mut Layer,
        faults: &mut Faults,
    ) -> Result<(), ProfileError> {
        [Some(self), others].into_iter().flatten().for_each(|file| file.bounds.begin());
        let mut wanted = name.to_owned();
        let mut child: Option<(&Self, Spanned<String>)> = None;
        let mut seen: Vec<(Arc<str>, String)> = Vec::new();
        let mut file = self;
        loop {
            let found = file.find(&wanted).map(|node| (file, node)).or_else(|| {
                let other = others?;
                Some((other, other.find(&wanted)?))
            });
            let Some((home, node)) = found else {
                // One that is left out, a parent under a name that no plain `extends` told: everything is read after all.
                if let Some(whole) = &self.whole {
                    let whole = Self::parse(&self.name, whole.clone(), Wanted::All)?;
                    let whole = Self { is_open_to_others: self.is_open_to_others, ..whole };
                    faults.forget();
                    return whole.chain(name, others, lookup, merged, faults);
                }
                let among = self.names().chain(others.iter().flat_map(|other| other.names()));
                return Err(match child {
                    Some((child_file, at)) => child_file.missing(&wanted, among, Some(&at)),
                    None => self.missing(&wanted, among, None),
                });
            };
            let id = (home.name.clone(), wanted.clone());
            if seen.contains(&id) || seen.len() >= DEEPEST {
                let chain: Vec<_> =
                    seen.iter().map(|(_, name)| name).chain([&wanted]).map(|name| shown(name)).collect();
                let message = format!("'extends' runs in a circle or too deep: {}", chain.join(" → "));
                return Err(match child {
                    Some((child_file, at)) => child_file.at(&at, message, None),
                    None => self.whole(message),
                });
            }
            seen.push(id);
            let empty = Mapping::new();
            let entries = match &node.value {
                Node::Map(entries) => entries,
                Node::Null => &empty,
                _ => {
                    return Err(home.at(node, format!("profile '{}' must hold keys and values", shown(&wanted)), None));
                }
            };
            let (layer, extends) = home.layer(entries, &wanted, lookup, faults);
            if seen.len() == 1 {
                *merged = home.heading(&wanted);
            }
            *merged = std::mem::take(merged).or(layer);
            match extends {
                _ if faults.are_many() => return Ok(()),
                None => return Ok(()),
                Some(parent) => {
                    wanted.clone_from(&parent.value);
                    child = Some((home, parent));
                    file = home;
                }
            }
        }
    }

    /// What the profile `name` says itself, without what it extends.
    ///
    /// # Errors
    /// As [`File::defaults`]; no profile of that name.
    pub(super) fn own(&self, name: &str, lookup: Variables<'_>) -> Result<Layer, ProfileError> {
        let mut faults = Faults::default();
        let layer = match self.find(name).map(|node| &node.value) {
            Some(Node::Map(entries)) => self.layer(entries, name, lookup, &mut faults).0,
            Some(Node::Null) => Layer::default(),
            _ => return Err(self.missing(name, self.names(), None)),
        };
        faults.none(layer)
    }

    /// True where there is a profile of that name.
    pub fn has(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    fn find(&self, name: &str) -> Option<&Spanned<Node>> {
        self.entry(name).map(|(_, node)| node)
    }

    fn entry(&self, name: &str) -> Option<&(Spanned<String>, Spanned<Node>)> {
        let called = |at: &usize| self.profiles[*at].0.value.as_str();
        let order = self.order.get_or_init(|| {
            let mut order: Vec<_> = (0..self.profiles.len()).collect();
            order.sort_unstable_by(|a, b| called(a).cmp(called(b)));
            order
        });
        let found = order.binary_search_by(|at| called(at).cmp(name)).ok()?;
        self.profiles.get(order[found])
    }

    /// The layer of a profile that says nothing yet.
    fn heading(&self, name: &str) -> Layer {
        let at = self.entry(name).map_or(At::START, |(key, _)| key.at);
        let text = excerpt::heading(&self.text, at);
        Layer::of_profile(self.name.clone(), Place { line: at.line, column: at.column, text })
    }
}
