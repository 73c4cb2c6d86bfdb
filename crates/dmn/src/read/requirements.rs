//! Which decisions require which.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use roxmltree::Node;

use super::{Draft, Reader};
use crate::definitions::Decision;
use crate::limits;
use crate::problem::{Place, rule};

/// What a decision says that it requires.
pub(super) struct Requirement {
    /// The id of a decision.
    decision: String,
    place: Place,
}

impl<'d, 't> Reader<'d, 't> {
    /// Reads an `informationRequirement`; none when it is an input, whose value comes from outside.
    pub(super) fn requirement(&mut self, element: Node<'d, 't>) -> Option<Requirement> {
        let required = self
            .elements(element)
            .find(|child| matches!(child.tag_name().name(), "requiredDecision" | "requiredInput"));
        let Some(required) = required else {
            self.error(rule::REFERENCE, element, "the requirement names neither a decision nor an input");
            return None;
        };
        let href = required.attribute("href").unwrap_or("").trim();
        let here = self.document.root().attribute("namespace").unwrap_or("");
        let id = match href.split_once('#') {
            Some((document, id)) if document.is_empty() || document == here => id,
            Some((document, _)) => {
                let message = format!("'{document}' is another document; only decisions of this one can be required");
                self.error(rule::REFERENCE, element, message);
                return None;
            }
            None => href,
        };
        let wanted = if required.tag_name().name() == "requiredDecision" { "decision" } else { "inputData" };
        match self.by_id.get(id).copied().filter(|_| !id.is_empty()) {
            Some(name) if name == wanted => {}
            Some(name) => {
                self.error(rule::REFERENCE, element, format!("'{id}' is a '{name}', and '{wanted}' is expected here"));
                return None;
            }
            None => {
                self.error(rule::REFERENCE, element, format!("there is no '{wanted}' with the id '{id}'"));
                return None;
            }
        }
        let place = self.document.place(element);
        (wanted == "decision").then(|| Requirement { decision: id.to_owned(), place })
    }

    /// No two decisions may have a name in common: neither could be told from the other.
    pub(super) fn names(&mut self, drafts: &[Draft]) {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for (index, Draft { decision, .. }) in drafts.iter().enumerate() {
            for name in names_of(decision) {
                match seen.get(&**name).copied() {
                    Some(other) if other != index => {
                        let message = format!("two decisions, or their variables, have the name '{name}'");
                        self.problems.error(rule::DUPLICATE_NAME, decision.place.clone(), message);
                    }
                    Some(_) => {}
                    None => drop(seen.insert(name, index)),
                }
            }
        }
    }

    /// Resolves what decisions require, and refuses circles and long chains.
    pub(super) fn connect(&mut self, drafts: Vec<Draft>) -> Vec<Decision> {
        let ids: HashMap<Arc<str>, usize> =
            drafts.iter().enumerate().filter_map(|(index, draft)| Some((draft.decision.id.clone()?, index))).collect();
        let mut decisions: Vec<Decision> = Vec::with_capacity(drafts.len());
        let mut places = Vec::with_capacity(drafts.len());
        for Draft { mut decision, requirements } in drafts {
            // What is not among them has problems of its own.
            let found = requirements.into_iter().filter_map(|one| Some((*ids.get(one.decision.as_str())?, one.place)));
            let (required, of): (Vec<usize>, Vec<Place>) = found.unzip();
            decision.required = required;
            decisions.push(decision);
            places.push(of);
        }
        for index in 0..decisions.len() {
            let mut visible = BTreeMap::new();
            for required in &decisions[index].required {
                visible.extend(names_of(&decisions[*required]).map(|name| (name.clone(), *required)));
            }
            decisions[index].visible = visible;
        }
        self.chains(&decisions, &places);
        decisions
    }

    /// Gives each decision a level above those that it requires. Those that get none are in a circle or behind one.
    fn chains(&mut self, decisions: &[Decision], places: &[Vec<Place>]) {
        let mut missing: Vec<usize> = decisions.iter().map(|decision| decision.required.len()).collect();
        let mut required_by = vec![Vec::new(); decisions.len()];
        for (index, decision) in decisions.iter().enumerate() {
            decision.required.iter().for_each(|required| required_by[*required].push(index));
        }
        let mut level = vec![0_usize; decisions.len()];
        let mut ready: Vec<usize> = (0..decisions.len()).filter(|index| missing[*index] == 0).collect();
        while let Some(index) = ready.pop() {
            level[index] += 1;
            if level[index] == limits::MAX_CHAIN + 1 {
                let (name, most) = (&decisions[index].name, limits::MAX_CHAIN);
                let message =
                    format!("'{name}' stands on a chain of more than {most} decisions that require each other");
                self.problems.error(rule::CHAIN, decisions[index].place.clone(), message);
            }
            for above in &required_by[index] {
                level[*above] = level[*above].max(level[index]);
                missing[*above] -= 1;
                if missing[*above] == 0 {
                    ready.push(*above);
                }
            }
        }
        self.circles(decisions, places, &missing);
    }

    /// Follows requirements that never got ready until they come back; each circle is told once.
    fn circles(&mut self, decisions: &[Decision], places: &[Vec<Place>], missing: &[usize]) {
        const UNSEEN: usize = usize::MAX;
        let mut seen_from = vec![UNSEEN; decisions.len()];
        for start in (0..decisions.len()).filter(|index| missing[*index] > 0) {
            let mut way: Vec<usize> = Vec::new();
            let mut here = start;
            while seen_from[here] == UNSEEN {
                seen_from[here] = start;
                way.push(here);
                let stuck = |required: &&usize| missing[**required] > 0;
                let Some(next) = decisions[here].required.iter().find(stuck) else { break };
                here = *next;
            }
            let Some(begin) = way.iter().position(|index| *index == here && seen_from[here] == start) else { continue };
            let circle = &way[begin..];
            let names: Vec<&str> =
                circle.iter().chain([&here]).take(12).map(|index| &*decisions[*index].name).collect();
            let message = format!("decisions require each other in a circle: {}", names.join(" → "));
            let place = decisions[here].required.iter().zip(&places[here]).find(|(index, _)| circle.contains(index));
            self.problems.error(rule::CYCLE, place.map(|(_, place)| place.clone()).unwrap_or_default(), message);
        }
    }
}

/// The names of a decision's result: that of its variable and its own.
fn names_of(decision: &Decision) -> impl Iterator<Item = &Arc<str>> {
    decision.variable.iter().chain([&decision.name])
}
