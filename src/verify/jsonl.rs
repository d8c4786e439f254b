//! Decisions over JSON lines: one line in, one line out, in the same order.
//!
//! In: lines that each hold policies and a request. Out: a line each with the decision, or with the line's number and
//! what is wrong with it. Lines are decided by several threads, a batch at a time; what is held at once is bounded by
//! the batches, not by the input. Never: a line lost, moved, or kept from being answered by one that is bad.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

mod cache;
mod line;
mod output;

/// How to decide lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Adds to each line the statements that were looked at.
    pub trace: bool,
    /// How many threads decide; by default as many as the machine runs at once.
    pub threads: Option<NonZeroUsize>,
}

/// What became of the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many there were.
    pub lines: u64,
    /// How many of them were bad.
    pub errors: u64,
}

/// A longer line is bad: it is passed over without being held.
const LONGEST: u64 = 16 << 20;
/// A batch ends with the line that fills it.
const BATCH: usize = 64 << 10;

/// Lines that are decided together.
#[derive(Default)]
struct Batch {
    number: u64,
    first_line: u64,
    text: Vec<u8>,
    /// Where each line ends, or none for one that is too long.
    ends: Vec<Option<usize>>,
}

struct Input<R> {
    reader: BufReader<R>,
    batches: u64,
    lines: u64,
    over: bool,
}

impl<R: Read> Input<R> {
    /// The next lines: as many as are there already, at least one. Waits for no more than that one.
    fn read(&mut self, batch: &mut Batch) -> io::Result<bool> {
        (batch.number, batch.first_line) = (self.batches, self.lines + 1);
        batch.text.clear();
        batch.ends.clear();
        while !self.over && batch.text.len() < BATCH {
            let before = batch.text.len();
            let read = (&mut self.reader).take(LONGEST).read_until(b'\n', &mut batch.text)?;
            let whole = batch.text.last() == Some(&b'\n');
            if read == 0 || (!whole && u64::try_from(read).unwrap_or(LONGEST) < LONGEST) {
                self.over = true;
            }
            if read > 0 {
                let too_long = !whole && !self.over;
                if too_long {
                    batch.text.truncate(before);
                    self.over = !skip_line(&mut self.reader)?;
                }
                batch.ends.push((!too_long).then_some(batch.text.len()));
                self.lines += 1;
            }
            if !self.reader.buffer().contains(&b'\n') {
                break;
            }
        }
        self.batches += 1;
        Ok(!batch.ends.is_empty())
    }
}

/// Passes over the rest of a line; whether there may be another.
fn skip_line(reader: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let buffer = reader.fill_buf()?;
        let (taken, found) = match buffer.iter().position(|b| *b == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), false),
        };
        reader.consume(taken);
        if found || taken == 0 {
            return Ok(found);
        }
    }
}

struct Output<W> {
    writer: W,
    next: u64,
    summary: Summary,
    failed: Option<io::Error>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Decides every line of `input`. Fails only where reading or writing does.
pub fn evaluate<R: Read + Send, W: Write + Send>(input: R, output: W, options: Options) -> io::Result<Summary> {
    let input = Mutex::new(Input { reader: BufReader::with_capacity(BATCH, input), batches: 0, lines: 0, over: false });
    let output = Mutex::new(Output { writer: output, next: 0, summary: Summary::default(), failed: None });
    let turn = Condvar::new();
    let threads = options.threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| work(&input, &output, &turn, options.trace));
        }
        work(&input, &output, &turn, options.trace);
    });
    let mut output = output.into_inner().unwrap_or_else(PoisonError::into_inner);
    output.failed.take().map_or(Ok(output.summary), Err)
}

/// Takes batches until there are none, and writes each when all before it are written.
fn work<R: Read, W: Write>(input: &Mutex<Input<R>>, output: &Mutex<Output<W>>, turn: &Condvar, trace: bool) {
    let mut cache = cache::Cache::default();
    let (mut batch, mut answers) = (Batch::default(), Vec::new());
    loop {
        match lock(input).read(&mut batch) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                let mut output = lock(output);
                output.failed = output.failed.take().or(Some(error));
                turn.notify_all();
                return;
            }
        }
        answers.clear();
        let errors = answer(&batch, &mut cache, trace, &mut answers);
        let waiting = lock(output);
        let mut output = turn
            .wait_while(waiting, |output| output.failed.is_none() && output.next != batch.number)
            .unwrap_or_else(PoisonError::into_inner);
        if output.failed.is_some() {
            return;
        }
        if let Err(error) = output.writer.write_all(&answers).and_then(|()| output.writer.flush()) {
            output.failed = Some(error);
        }
        output.next += 1;
        output.summary.lines += u64::try_from(batch.ends.len()).unwrap_or(0);
        output.summary.errors += errors;
        drop(output);
        turn.notify_all();
    }
}

fn answer(batch: &Batch, cache: &mut cache::Cache, trace: bool, answers: &mut Vec<u8>) -> u64 {
    let (mut from, mut errors) = (0, 0);
    for (number, end) in (batch.first_line..).zip(&batch.ends) {
        let before = answers.len();
        let result = match end {
            None => Err(format!("the line is longer than {LONGEST} bytes")),
            Some(end) => {
                let text = batch.text.get(from..*end).unwrap_or_default();
                from = *end;
                line::answer(text, cache, trace, answers)
            }
        };
        if let Err(error) = result {
            answers.truncate(before);
            output::error(number, &error, answers);
            errors += 1;
        }
        answers.push(b'\n');
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"id": 1, "policies": {"resource": {"Statement": {"Sid": "S", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}}}, "request": {"principal": {"type": "Anonymous"}, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "resourceAccount": "111122223333", "context": {}}}"#;

    fn run(input: &str, threads: usize) -> (Vec<String>, Summary) {
        let mut output = Vec::new();
        let options = Options { trace: false, threads: NonZeroUsize::new(threads) };
        let summary = evaluate(input.as_bytes(), &mut output, options).unwrap();
        (String::from_utf8(output).unwrap().lines().map(str::to_owned).collect(), summary)
    }

    #[test]
    fn a_bad_line_is_answered_in_its_place() {
        let (lines, summary) = run(&format!("{GOOD}\nnonsense\n\n{GOOD}"), 3);
        assert_eq!(summary, Summary { lines: 4, errors: 2 });
        let good = r#"{"id":1,"decision":"Allowed","by":[{"layer":"resource","statement":0,"sid":"S"}],"policyIsPublic":true}"#;
        assert_eq!((lines[0].as_str(), lines[3].as_str()), (good, good));
        assert!(lines[1].starts_with(r#"{"line":2,"error":""#) && lines[2].starts_with(r#"{"line":3,"error":""#), "{lines:?}");
    }

    #[test]
    fn order_is_kept_over_many_batches_and_threads() {
        let input: String = (0..3000).map(|i| GOOD.replace("\"id\": 1", &format!("\"id\": {i}")) + "\n").collect();
        for threads in [1, 4] {
            let (lines, summary) = run(&input, threads);
            assert_eq!(summary, Summary { lines: 3000, errors: 0 });
            for (i, line) in lines.iter().enumerate() {
                assert!(line.starts_with(&format!("{{\"id\":{i},")), "{line}");
            }
        }
    }

    #[test]
    fn a_line_beyond_the_limit_is_passed_over() {
        let long = "x".repeat(usize::try_from(LONGEST).unwrap() + 10);
        let (lines, summary) = run(&format!("{GOOD}\n{long}\n{GOOD}\n"), 2);
        assert_eq!(summary, Summary { lines: 3, errors: 1 });
        assert_eq!(lines[1], r#"{"line":2,"error":"the line is longer than 16777216 bytes"}"#);
        assert_eq!(run(&long, 1).1, Summary { lines: 1, errors: 1 });
    }
}
