//! The GPU: found, opened, watched, and asked for pipelines.

use crate::kernel::{Source, Traits};
use headstart::error::Error;
use headstart::executor::Device;
use pollster::block_on;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A device that says nothing for so long is given up.
const PATIENCE: Duration = Duration::from_mins(1);

/// Turns of all loops of a lane in a dispatch of software, at most: Mesa ends loops after 65,535, whatever they have to do.
const SOFTWARE_TURNS: usize = 60_000;

/// Pipelines that are kept, at most: a sweep over architectures makes one after the other.
const PIPELINES: usize = 1024;

/// A GPU that is open.
#[derive(Debug)]
pub(crate) struct Adapter {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    pub traits: Traits,
    pub limits: wgpu::Limits,
    pub said: Device,
    pub bindings: Bindings,
    /// Why the device was lost, if it was, and the first thing that went wrong.
    lost: Arc<Mutex<Option<String>>>,
    wrong: Arc<Mutex<Option<String>>>,
    pipelines: Mutex<HashMap<String, wgpu::ComputePipeline>>,
}

/// What kernels are told, by kind: see [`crate::kernel`].
#[derive(Debug)]
pub(crate) struct Bindings {
    pub train: wgpu::BindGroupLayout,
    pub look: wgpu::BindGroupLayout,
}

/// Why something was not done.
#[derive(Debug)]
pub(crate) enum Failed {
    /// There is no room for so many networks at once.
    Memory,
    /// The device is gone, or does not do what it should.
    Device(String),
}

impl Adapter {
    /// See [`crate::Gpu::open`].
    pub fn open(wanted: Option<&str>) -> Result<Self, Error> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
        descriptor.flags = wgpu::InstanceFlags::empty();
        let instance = wgpu::Instance::new(descriptor);
        let there = block_on(instance.enumerate_adapters(wgpu::Backends::all()));
        let adapter = choose(&there, wanted)?;
        let info = adapter.get_info();
        let subgroups = wgpu::Features::SUBGROUP;
        let features = adapter.features() & subgroups;
        let limits = adapter.limits();
        let asked = wgpu::DeviceDescriptor {
            required_features: features,
            required_limits: limits.clone(),
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = block_on(adapter.request_device(&asked))
            .map_err(|error| Error::Device(format!("the GPU {} cannot be used: {error}", info.name)))?;
        let (lost, wrong) = (Arc::new(Mutex::new(None)), Arc::new(Mutex::new(None)));
        let (is_lost, uncaught) = (Arc::clone(&lost), Arc::clone(&wrong));
        device.set_device_lost_callback(move |_, why| note(&is_lost, &format!("the device was lost: {why}")));
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| note(&uncaught, &error.to_string())));
        let is_fixed = info.subgroup_min_size == info.subgroup_max_size && info.subgroup_min_size.is_power_of_two();
        // What others promise of subgroups, of components of vectors and of NaN is less.
        let is_vulkan = info.backend == wgpu::Backend::Vulkan;
        let traits = Traits {
            subgroup: if features.contains(subgroups) && is_fixed && is_vulkan {
                info.subgroup_min_size as usize
            } else {
                0
            },
            keeps_nan: is_vulkan,
            memory: limits.max_compute_workgroup_storage_size as usize,
            is_software: info.device_type == wgpu::DeviceType::Cpu,
            turns: if info.device_type == wgpu::DeviceType::Cpu { SOFTWARE_TURNS } else { usize::MAX },
            lanes: limits.max_compute_invocations_per_workgroup.min(limits.max_compute_workgroup_size_x) as usize,
        };
        let said = Device {
            name: info.name.clone(),
            driver: format!("{} {} {}", info.backend, info.driver, info.driver_info).trim_end().to_owned(),
            precision: "float32".to_owned(),
        };
        let bindings = Bindings {
            train: layout(&device, &[true, false, false, false, true, true, false]),
            look: layout(&device, &[true, true, false, false, false]),
        };
        Ok(Self { device, queue, traits, limits, said, bindings, lost, wrong, pipelines: Mutex::default() })
    }

    /// A kernel, ready to be run.
    pub fn pipeline(&self, source: &Source, bindings: &wgpu::BindGroupLayout) -> Result<wgpu::ComputePipeline, Failed> {
        let mut known = locked(&self.pipelines);
        if let Some(pipeline) = known.get(&source.0) {
            return Ok(pipeline.clone());
        }
        let module =
            wgpu::ShaderModuleDescriptor { label: None, source: wgpu::ShaderSource::Wgsl(source.0.as_str().into()) };
        // SAFETY: what is left out are checks of places in arrays and of loops that might have no end. The texts are made by `kernel`
        // alone: every place is below a constant that the array is made with, or that the buffer is (`course`), and every loop counts
        // up to a number that it is told. The tests run all kinds with the checks as well.
        let module = unsafe { self.device.create_shader_module_trusted(module, checks()) };
        let layout = wgpu::PipelineLayoutDescriptor {
            label: None,
            bind_group_layouts: &[Some(bindings)],
            ..wgpu::PipelineLayoutDescriptor::default()
        };
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: None,
            layout: Some(&self.device.create_pipeline_layout(&layout)),
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                zero_initialize_workgroup_memory: false,
                ..wgpu::PipelineCompilationOptions::default()
            },
            cache: None,
        });
        self.check()?;
        if known.len() >= PIPELINES {
            known.clear();
        }
        known.insert(source.0.clone(), pipeline.clone());
        Ok(pipeline)
    }

    /// Room for so many bytes.
    pub fn buffer(&self, bytes: usize, usage: wgpu::BufferUsages) -> Result<wgpu::Buffer, Failed> {
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: (bytes.max(4) as u64).next_multiple_of(4),
            usage,
            mapped_at_creation: false,
        });
        match block_on(scope.pop()) {
            Some(_) => Err(Failed::Memory),
            None => self.check().map(|()| buffer),
        }
    }

    /// Waits until all that was asked for is done.
    pub fn wait(&self) -> Result<(), Failed> {
        let all = wgpu::PollType::Wait { submission_index: None, timeout: Some(PATIENCE) };
        let polled = self.device.poll(all);
        self.check()?;
        polled.map(|_| ()).map_err(|error| {
            let seconds = PATIENCE.as_secs();
            let why = match error {
                wgpu::PollError::Timeout => format!("it said nothing for {seconds} seconds"),
                other @ wgpu::PollError::WrongSubmissionIndex(..) => other.to_string(),
            };
            Failed::Device(self.sentence(&why))
        })
    }

    /// Reads numbers back.
    pub fn read<T: bytemuck::Pod>(&self, buffer: &wgpu::Buffer, count: usize) -> Result<Vec<T>, Failed> {
        let bytes = count * size_of::<T>();
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let here = self.buffer(bytes, usage)?;
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(buffer, 0, &here, 0, bytes as u64);
        self.queue.submit([encoder.finish()]);
        here.slice(..).map_async(wgpu::MapMode::Read, |_| {});
        self.wait()?;
        let view = here
            .slice(..bytes as u64)
            .get_mapped_range()
            .map_err(|error| Failed::Device(self.sentence(&error.to_string())))?;
        Ok(bytemuck::pod_collect_to_vec(&view[..]))
    }

    /// Whether something went wrong so far.
    pub fn check(&self) -> Result<(), Failed> {
        let wrong = locked(&self.wrong).clone();
        if wrong.is_some() && locked(&self.lost).is_none() {
            // What is done with a device that is gone is wrong, too: it says that it is gone when it is asked.
            let _ = self.device.poll(wgpu::PollType::Poll);
        }
        match locked(&self.lost).clone().or(wrong) {
            Some(why) => Err(Failed::Device(self.sentence(&why))),
            None => Ok(()),
        }
    }

    /// That it does not do what it should.
    pub fn failed(&self, why: &str) -> Failed {
        Failed::Device(self.sentence(why))
    }

    fn sentence(&self, why: &str) -> String {
        // What wgpu says has a line for each of its parts.
        let lines = why.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "Caused by:");
        let why = lines.collect::<Vec<_>>().join(": ");
        format!("the GPU {} failed: {}", self.said.name, why.trim_end_matches('.'))
    }
}

/// What is checked while a kernel runs: nothing, but where somebody wants to see that there is nothing to be found.
fn checks() -> wgpu::ShaderRuntimeChecks {
    if std::env::var_os("HEADSTART_GPU_CHECKS").is_some() {
        wgpu::ShaderRuntimeChecks::checked()
    } else {
        wgpu::ShaderRuntimeChecks::unchecked()
    }
}

/// What is told first, and buffers: of each whether it is only read.
fn layout(device: &wgpu::Device, are_read: &[bool]) -> wgpu::BindGroupLayout {
    let entry = |binding: usize, ty| wgpu::BindGroupLayoutEntry {
        binding: binding as u32,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: binding == 0, min_binding_size: None },
        count: None,
    };
    let first = entry(0, wgpu::BufferBindingType::Uniform);
    let others = are_read
        .iter()
        .enumerate()
        .map(|(i, read_only)| entry(i + 1, wgpu::BufferBindingType::Storage { read_only: *read_only }));
    let entries: Vec<_> = std::iter::once(first).chain(others).collect();
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries })
}

/// The one whose name is wanted, or the best.
fn choose<'a>(there: &'a [wgpu::Adapter], wanted: Option<&str>) -> Result<&'a wgpu::Adapter, Error> {
    let names = || there.iter().map(|adapter| adapter.get_info().name).collect::<Vec<_>>().join(", ");
    if let Some(wanted) = wanted {
        let has = |adapter: &&wgpu::Adapter| adapter.get_info().name.to_lowercase().contains(&wanted.to_lowercase());
        return there.iter().find(has).ok_or_else(|| {
            let names = if there.is_empty() { "none".to_owned() } else { names() };
            Error::Device(format!("no GPU is called {wanted:?}; there is: {names}"))
        });
    }
    let rank = |adapter: &&wgpu::Adapter| match adapter.get_info().device_type {
        wgpu::DeviceType::DiscreteGpu => 3,
        wgpu::DeviceType::IntegratedGpu => 2,
        wgpu::DeviceType::VirtualGpu | wgpu::DeviceType::Other => 1,
        wgpu::DeviceType::Cpu => 0,
    };
    // Of equal ones the first.
    let best = there.iter().rev().max_by_key(rank);
    match best {
        Some(best) if rank(&best) > 0 => Ok(best),
        Some(_) => Err(Error::Device(format!(
            "no GPU is there, only software that computes as one, which is slower than --device cpu: {}; to use it all the same, set \
             HEADSTART_GPU to its name",
            names()
        ))),
        None => Err(Error::Device(
            "no GPU is there that Vulkan, Metal or DirectX 12 know; install its driver, or use --device cpu".to_owned(),
        )),
    }
}

fn note(wrong: &Mutex<Option<String>>, why: &str) {
    locked(wrong).get_or_insert_with(|| why.to_owned());
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
