use headstart::executor::{Batch, Executor, Threads};
use headstart::engine::watch::Watch;
use headstart::spec::TaskSpec;
use headstart::task::Task;
use headstart_gpu::Gpu;
use std::ops::ControlFlow;

#[test]
fn first() {
    let gpu = Gpu::open(Some("llvmpipe"), 2).unwrap();
    for text in [
        "[data]\ndata='circles'\n[network]\nlayers=[2,10,5,1]\n[init]\ninit='he,normal:0.1'\nseeds=3\n[training]\nlr=0.5\nsteps=100\nprecision='f32'\n",
        "[data]\ndata='circles'\n[network]\nlayers=[2,32,32,1]\n[init]\ninit='he,normal:0.1'\nseeds=3\n[training]\nlr=0.5\nsteps=100\nprecision='f32'\n",
    ] {
        let task = Task::new(TaskSpec::from_toml(text).unwrap()).unwrap();
        let batch = Batch::of(&task);
        for ex in [&gpu as &dyn Executor, &Threads(2)] {
            let mut all = vec![];
            ex.run(&batch, &Watch::default(), &mut |r| { all.push(r.unwrap()); ControlFlow::Continue(()) }).unwrap();
            for r in &all { println!("{} {} {} {:?} {:?} {:?} {:?} {}", r.init, r.seed, r.status, r.train, r.test, r.reached, r.trace.last(), r.steps); }
        }
        println!("{:?}", gpu.remarks());
    }
}
