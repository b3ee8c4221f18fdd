//! The search of the flagship example, and the whole answer to the guide's request.

use std::hint::black_box;

use criterion::Criterion;
use get_emojis::FuzzEmoji;
use tokio::runtime::Builder;

const WORDS: [(&str, &str); 4] = [("direct", "fire"), ("contained", "cold"), ("synonym", "flame"), ("none", "qwertz")];

fn emoji(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread().build().expect("the system gives a runtime");
    let emojis = FuzzEmoji::new();
    let mut group = criterion.benchmark_group("emoji");
    for (kind, word) in WORDS {
        group.bench_function(kind, |bench| bench.to_async(&runtime).iter(|| emojis.get_emoji(black_box(word))));
    }
    group.bench_function("guide", |bench| {
        bench.to_async(&runtime).iter(|| emojis.get_emojis(black_box("cold,plane,fam").split(',')));
    });
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    emoji(&mut criterion);
    criterion.final_summary();
}
