//! What is printed and written: a table of medians with what they were taken from, ratios, warnings.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::block::{Block, Cell, Outcome};
use crate::footprint::Footprint;
use crate::machine::{Facts, Probe};
use crate::process::Memory;

/// Above this many cores, the load generator itself may be what limits a rate.
const GENERATOR_LIMIT: f64 = 0.9;
/// Ratios to the durable ceiling, with what is aimed at.
const RATIOS: [(Block, Option<f64>); 5] =
    [(Block::C, Some(0.3)), (Block::D1, Some(0.2)), (Block::D2, None), (Block::F0, None), (Block::F1000, None)];

/// Everything that was measured.
#[derive(Debug, Default)]
pub(crate) struct Results {
    /// The runs of each block, in the order of the rounds; a failed one has no cells.
    pub(crate) blocks: BTreeMap<Block, Vec<Outcome>>,
    /// What failed.
    pub(crate) failures: Vec<String>,
    /// The machine before each block.
    pub(crate) probes: Vec<Probe>,
    /// Start, memory, size.
    pub(crate) footprint: Option<Footprint>,
}

/// How it was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Conditions {
    /// The machine.
    pub(crate) machine: Facts,
    /// How the server was started.
    pub(crate) server: String,
    /// The program behind (b).
    pub(crate) durable_ceiling: String,
    /// Runs of each block.
    pub(crate) runs: usize,
    /// Seconds that each cell is measured in each run.
    pub(crate) seconds: f64,
}

/// A median with the lowest and the highest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Spread {
    median: f64,
    lowest: f64,
    highest: f64,
}

impl Spread {
    /// Of at least one value.
    fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (lowest, highest) = (*values.first()?, *values.last()?);
        let (half, odd) = (values.len() / 2, values.len() % 2 == 1);
        let median = if odd { values[half] } else { (values[half - 1] + values[half]) / 2.0 };
        Some(Self { median, lowest, highest })
    }

    fn show(self, digits: usize) -> String {
        let Self { median, lowest, highest } = self;
        format!("{median:.digits$} ({lowest:.digits$}–{highest:.digits$})")
    }
}

#[derive(Serialize)]
struct Row {
    block: Block,
    clients: usize,
    rate: Spread,
    p50_ms: Spread,
    p99_ms: Spread,
    server_us: Spread,
    generator_cores: Spread,
    runs: Vec<Cell>,
}

#[derive(Serialize)]
struct Ratio {
    block: Block,
    clients: usize,
    ratio: Spread,
    aim: Option<f64>,
}

#[derive(Serialize)]
struct UnderLoad {
    block: Block,
    server: Memory,
    children: Memory,
}

#[derive(Serialize)]
struct Document<'r> {
    conditions: &'r Conditions,
    rows: Vec<Row>,
    ratios: Vec<Ratio>,
    memory_under_load: Vec<UnderLoad>,
    footprint: &'r Option<Footprint>,
    probes: &'r [Probe],
    warnings: Vec<String>,
    failures: &'r [String],
}

impl Results {
    /// The document for machines.
    pub(crate) fn to_json(&self, conditions: &Conditions) -> anyhow::Result<String> {
        let document = Document {
            conditions,
            rows: self.rows(),
            ratios: self.ratios(),
            memory_under_load: self.under_load(),
            footprint: &self.footprint,
            probes: &self.probes,
            warnings: self.warnings(),
            failures: &self.failures,
        };
        Ok(serde_json::to_string_pretty(&document)?)
    }

    /// The report for people, in Markdown.
    pub(crate) fn to_text(&self, conditions: &Conditions) -> String {
        let mut text = String::new();
        self.write(conditions, &mut text).expect("a String takes whatever is written");
        text
    }

    fn write(&self, conditions: &Conditions, out: &mut String) -> std::fmt::Result {
        let Conditions { machine, server, durable_ceiling, runs, seconds } = conditions;
        writeln!(
            out,
            "Machine: {} cores ({}), {} GiB, Linux {}, {}. The load generator is one thread on the same machine.",
            machine.cores,
            machine.processor,
            machine.memory >> 30,
            machine.kernel,
            machine.file_system,
        )?;
        writeln!(out, "Server: {server}")?;
        writeln!(out, "Durable ceiling: {durable_ceiling}")?;
        writeln!(out, "A cell is the median of {runs} runs of {seconds} s (lowest–highest).\n")?;
        self.write_rows(out)?;
        self.write_ratios(out)?;
        self.write_footprint(out)?;
        self.write_probes(out)?;
        writeln!(out, "What the figures contain:\n")?;
        for block in self.blocks.keys() {
            writeln!(out, "- ({}) {}", block.key(), block.note())?;
        }
        let mut remarks: Vec<&String> = self.blocks.values().flatten().flat_map(|outcome| &outcome.remarks).collect();
        // Most rounds find the same.
        remarks.dedup();
        for (title, lines) in [
            ("Remarks", remarks),
            ("Warnings", self.warnings().iter().collect()),
            ("FAILED", self.failures.iter().collect()),
        ] {
            if !lines.is_empty() {
                writeln!(out, "\n{title}:\n")?;
                lines.iter().try_for_each(|line| writeln!(out, "- {line}"))?;
            }
        }
        Ok(())
    }

    fn write_rows(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "| what, a second | clients | rate | p50 ms | p99 ms | server CPU µs each | generator cores |")?;
        writeln!(out, "| --- | --- | --- | --- | --- | --- | --- |")?;
        for row in self.rows() {
            writeln!(
                out,
                "| ({}) {} | {} | {} | {:.2} | {:.2} | {:.0} | {:.2} |",
                row.block.key(),
                row.block.title(),
                row.clients,
                row.rate.show(0),
                row.p50_ms.median,
                row.p99_ms.median,
                row.server_us.median,
                row.generator_cores.median,
            )?;
        }
        writeln!(out)
    }

    fn write_ratios(&self, out: &mut String) -> std::fmt::Result {
        let ratios = self.ratios();
        if ratios.is_empty() {
            return Ok(());
        }
        writeln!(out, "| ratio, within a round | clients | median (lowest–highest) | aim |")?;
        writeln!(out, "| --- | --- | --- | --- |")?;
        for ratio in ratios {
            let aim = ratio.aim.map_or(String::new(), |aim| format!("≥ {aim}"));
            writeln!(out, "| ({}) / (b) | {} | {} | {aim} |", ratio.block.key(), ratio.clients, ratio.ratio.show(3))?;
        }
        writeln!(out)
    }

    fn write_footprint(&self, out: &mut String) -> std::fmt::Result {
        let under_load = self.under_load();
        if self.footprint.is_none() && under_load.is_empty() {
            return Ok(());
        }
        let mib = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
        let memory = |memory: Memory| {
            format!("{}, of that {} anonymous, peak {}", mib(memory.resident), mib(memory.anonymous), mib(memory.peak))
        };
        writeln!(out, "| (e) | |\n| --- | --- |")?;
        if let Some(found) = &self.footprint {
            for (what, times) in [
                ("start, empty folder, to the first answer after a log-in", &found.start_empty_ms),
                ("start, folder of a killed server, to the first authenticated answer", &found.start_existing_ms),
            ] {
                if let Some(spread) = Spread::of(times.iter().copied()) {
                    writeln!(out, "| {what} | {} ms of {} starts |", spread.show(0), times.len())?;
                }
            }
            writeln!(out, "| resident, idle, started again on its folder | {} |", memory(found.idle))?;
            writeln!(out, "| resident, idle, 5 s after a log-in | {} |", memory(found.idle_after_log_in))?;
            let children = found.idle_children.resident;
            writeln!(out, "| script hosts, idle | {} of them, {} |", found.children, mib(children))?;
        }
        for UnderLoad { block, server, children } in under_load {
            writeln!(out, "| resident, at the end of ({}) with the most clients | {} |", block.key(), memory(server))?;
            if children != Memory::default() {
                writeln!(out, "| script hosts at that time | {} |", memory(children))?;
            }
        }
        if let Some(found) = &self.footprint {
            let stripped = found.binary_stripped.map_or(String::new(), |size| format!(", {} stripped", mib(size)));
            writeln!(out, "| program | {}{stripped} |", mib(found.binary))?;
        }
        writeln!(out)
    }

    fn write_probes(&self, out: &mut String) -> std::fmt::Result {
        let of = |value: fn(&Probe) -> f64| Spread::of(self.probes.iter().map(value));
        let (Some(busy), Some(cpu), Some(p50), Some(p99)) =
            (of(|p| p.busy_cores), of(|p| p.loop_ms), of(|p| p.sync_p50_ms), of(|p| p.sync_p99_ms))
        else {
            return Ok(());
        };
        writeln!(
            out,
            "Before each block: others busy {} cores; a fixed loop {} ms; 4 KiB append + fsync p50 {} ms, p99 {} ms.\n",
            busy.show(2),
            cpu.show(1),
            p50.show(2),
            p99.show(2),
        )
    }

    /// What makes the figures doubtful.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let fastest = self.probes.iter().map(|probe| probe.loop_ms).fold(f64::INFINITY, f64::min);
        let mut warnings: Vec<String> = self.probes.iter().flat_map(|probe| probe.warnings(fastest)).collect();
        for row in self.rows().iter().filter(|row| row.generator_cores.median > GENERATOR_LIMIT) {
            let (key, clients) = (row.block.key(), row.clients);
            warnings.push(format!("({key}) with {clients} clients: the load generator's one core was full"));
        }
        warnings
    }

    fn cells(&self, block: Block, clients: usize) -> Vec<Cell> {
        let outcomes = self.blocks.get(&block).into_iter().flatten();
        outcomes.flat_map(|outcome| &outcome.cells).filter(|cell| cell.clients == clients).cloned().collect()
    }

    fn clients(&self) -> Vec<usize> {
        let cells = self.blocks.values().flatten().flat_map(|outcome| &outcome.cells);
        let mut clients: Vec<usize> = cells.map(|cell| cell.clients).collect();
        clients.sort_unstable();
        clients.dedup();
        clients
    }

    fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for block in self.blocks.keys().copied() {
            for clients in self.clients() {
                let runs = self.cells(block, clients);
                let of = |value: fn(&Cell) -> f64| Spread::of(runs.iter().map(value));
                let Some(rate) = of(|cell| cell.rate) else { continue };
                let known = "the cells that have a rate have the rest";
                rows.push(Row {
                    block,
                    clients,
                    rate,
                    p50_ms: of(|cell| cell.p50_ms).expect(known),
                    p99_ms: of(|cell| cell.p99_ms).expect(known),
                    server_us: of(|cell| cell.server_us).expect(known),
                    generator_cores: of(|cell| cell.generator_cores).expect(known),
                    runs,
                });
            }
        }
        rows
    }

    /// Of the rounds in which both were measured, since the machine is not the same in the next.
    fn ratios(&self) -> Vec<Ratio> {
        let mut ratios = Vec::new();
        let Some(ceilings) = self.blocks.get(&Block::B) else { return ratios };
        let rate = |outcome: &Outcome, clients| {
            outcome.cells.iter().find(|cell| cell.clients == clients).map(|cell| cell.rate)
        };
        for (block, aim) in RATIOS {
            for clients in self.clients().into_iter().filter(|clients| *clients > 1) {
                let rounds = self.blocks.get(&block).into_iter().flatten().zip(ceilings);
                let values = rounds.filter_map(|(ours, ceiling)| Some(rate(ours, clients)? / rate(ceiling, clients)?));
                if let Some(ratio) = Spread::of(values) {
                    ratios.push(Ratio { block, clients, ratio, aim });
                }
            }
        }
        ratios
    }

    /// The round with the most.
    fn under_load(&self) -> Vec<UnderLoad> {
        let blocks = self.blocks.iter().filter(|(block, _)| **block != Block::B);
        blocks
            .filter_map(|(block, outcomes)| {
                let memory = outcomes.iter().filter_map(|outcome| outcome.memory);
                let (server, children) = memory.max_by_key(|(server, children)| server.resident + children.resident)?;
                Some(UnderLoad { block: *block, server, children })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(rates: &[(usize, f64)]) -> Outcome {
        let cell = |(clients, rate): &(usize, f64)| Cell {
            clients: *clients,
            rate: *rate,
            p50_ms: 1.0,
            p99_ms: 2.0,
            server_us: 50.0,
            generator_cores: 0.5,
        };
        Outcome { cells: rates.iter().map(cell).collect(), ..Outcome::default() }
    }

    fn results() -> Results {
        let mut results = Results::default();
        results.blocks.insert(Block::B, vec![outcome(&[(1, 10.0), (16, 100.0)]), outcome(&[(1, 10.0), (16, 400.0)])]);
        results.blocks.insert(Block::C, vec![outcome(&[(16, 50.0)]), outcome(&[(16, 100.0)])]);
        results
    }

    #[test]
    fn a_spread_has_the_middle_and_both_ends() {
        let spread = Spread::of([3.0, 1.0, 9.0]).expect("values");
        assert_eq!(spread, Spread { median: 3.0, lowest: 1.0, highest: 9.0 });
        assert_eq!(Spread::of([1.0, 2.0]).expect("values").median, 1.5);
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        let ratios = results().ratios();
        assert_eq!(ratios.len(), 1, "one client says nothing about sharing commits");
        // 50/100 and 100/400, and not the ratio of the medians.
        assert_eq!(ratios[0].ratio, Spread { median: 0.375, lowest: 0.25, highest: 0.5 });
    }

    #[test]
    fn a_full_generator_is_a_warning() {
        let mut results = results();
        assert!(results.warnings().is_empty());
        let cells = results.blocks.get_mut(&Block::C).expect("there").iter_mut().flat_map(|outcome| &mut outcome.cells);
        cells.for_each(|cell| cell.generator_cores = 0.97);
        assert_eq!(results.warnings().len(), 1);
    }

    #[test]
    fn the_report_shows_every_cell_and_failure() {
        let mut results = results();
        results.failures.push("d1: it broke".into());
        let conditions = Conditions {
            machine: Facts::read(std::path::Path::new("/")),
            server: "the server".into(),
            durable_ceiling: "the ceiling".into(),
            runs: 2,
            seconds: 1.0,
        };
        let text = results.to_text(&conditions);
        for line in [
            "| (b) durable ceiling, requests | 16 | 250 (100–400) | 1.00 | 2.00 | 50 | 0.50 |",
            "| (c) / (b) | 16 | 0.375 (0.250–0.500) | ≥ 0.3 |",
            "- d1: it broke",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\nis not in\n{text}");
        }
        let json: serde_json::Value = serde_json::from_str(&results.to_json(&conditions).expect("JSON")).expect("JSON");
        assert_eq!((&json["rows"][0]["block"], &json["rows"][0]["clients"]), (&"b".into(), &1.into()));
    }
}
