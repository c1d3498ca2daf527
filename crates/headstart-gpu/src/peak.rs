//! What a device can do at the most: multiply-adds, and nothing else.

use crate::adapter::{Adapter, Failed};
use crate::kernel::Source;
use crate::told::Told;
use std::time::Instant;

/// Chains of multiply-adds of a lane: enough that one does not wait for the one before.
const CHAINS: usize = 16;

/// Multiply-adds of each chain between two looks at how many there are to be.
const UNROLLED: usize = 8;

/// Lanes of a workgroup, and workgroups.
const LANES: usize = 128;
const GROUPS: u32 = 8_192;

/// Multiply-adds of float32 in a second: the most of several measurements.
pub(crate) fn measure(adapter: &Adapter) -> Result<f64, Failed> {
    use wgpu::BufferUsages as Use;
    let pipeline = adapter.pipeline(&source(), &adapter.bindings.look)?;
    let told = adapter.buffer(256, Use::UNIFORM | Use::COPY_DST)?;
    let room = |_| adapter.buffer(4 * LANES * GROUPS as usize, Use::STORAGE | Use::COPY_SRC);
    let buffers = (0..5).map(room).collect::<Result<Vec<_>, _>>()?;
    let first =
        wgpu::BufferBinding { buffer: &told, offset: 0, size: std::num::NonZero::new(size_of::<Told>() as u64) };
    let mut entries = vec![wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::Buffer(first) }];
    entries.extend(
        buffers
            .iter()
            .enumerate()
            .map(|(i, buffer)| wgpu::BindGroupEntry { binding: i as u32 + 1, resource: buffer.as_entire_binding() }),
    );
    let layout = &adapter.bindings.look;
    let group = adapter.device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries });
    let seconds = |steps: u32| -> Result<f64, Failed> {
        let begin = Instant::now();
        adapter.queue.write_buffer(&told, 0, bytemuck::bytes_of(&Told { steps, ..Told::default() }));
        let mut encoder = adapter.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &[0]);
        pass.dispatch_workgroups(GROUPS, 1, 1);
        drop(pass);
        adapter.queue.submit([encoder.finish()]);
        adapter.wait().map(|()| begin.elapsed().as_secs_f64())
    };
    // As many as take a twentieth of a second.
    let mut steps = 1;
    while seconds(steps)? < 0.05 && steps < 1 << 20 {
        steps *= 2;
    }
    let mut best = 0.0_f64;
    for _ in 0..3 {
        let work = CHAINS as f64 * UNROLLED as f64 * LANES as f64 * f64::from(GROUPS) * f64::from(steps);
        best = best.max(work / seconds(steps)?);
    }
    Ok(best)
}

fn source() -> Source {
    let names: Vec<String> = (0..CHAINS).map(|i| format!("c{i}")).collect();
    let begin: String = names.iter().enumerate().map(|(i, c)| format!("var {c} = f32(index) * {i}.5;\n")).collect();
    let once: String = names.iter().map(|c| format!("{c} = fma({c}, a, b);\n")).collect();
    Source(format!(
        "struct Told {{ first: u32, steps: u32 }}\n@group(0) @binding(0) var<uniform> told: Told;\n\
         @group(0) @binding(4) var<storage, read_write> out: array<f32>;\n\
         @compute @workgroup_size({LANES})\n\
         fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {{\n\
         let a = 0.999 + f32(told.first);\nlet b = 0.001 + f32(told.first);\n{begin}\
         for (var s = 0u; s < told.steps; s++) {{\n{}}}\n\
         out[group.x * {LANES}u + index] = {};\n}}\n",
        once.repeat(UNROLLED),
        names.join(" + ")
    ))
}
