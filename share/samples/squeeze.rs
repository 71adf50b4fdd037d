// squeeze.rs: a block plugin in Rust, with rustc alone:
//
//     rustc --edition 2021 --crate-type cdylib -C opt-level=2 -o squeeze.so squeeze.rs
//
// The structures are those of <resnet/plugin.h>, in the order of their slots; slots that the sample
// does not use are usize. A structure may end early: its size says how far it reaches, which is all
// that the ABI asks for. No panic crosses the line: `build` catches it and fails the graph.
use std::ffi::{c_char, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::null;

const RN_E_CONFIG: i32 = 3;
const RN_E_PLUGIN: i32 = 5;
const RN_ATTR_INT: i32 = 1;

type Op = unsafe extern "C" fn(*mut Graph, *const c_char, *const c_char, *const c_void,
                               *const *mut c_void, i32) -> *mut c_void;
type Desc = unsafe extern "C" fn(*mut Graph, *const c_void) -> *const TensorDesc;
type Fail = unsafe extern "C" fn(*mut Graph, i32, *const c_char, ...) -> *mut c_void;
type AttrInt = unsafe extern "C" fn(*mut Graph, *const c_void, *const c_char) -> i64;
type Build = unsafe extern "C" fn(*mut Graph, *const c_void, *mut c_void) -> *mut c_void;

#[repr(C)]
pub struct Graph { size: u32, reserved: u32, core: *mut c_void, op: Op, block: usize, desc: Desc,
                   fail: Fail, attr_int: AttrInt }

#[repr(C)]
pub struct TensorDesc { size: u32, dtype: i32, layout: i32, rank: i32, shape: [i64; 8] }

#[repr(C)]
struct Conv2d { size: u32, has_bias: i32, channels: i64, kernel: [i64; 2], stride: [i64; 2],
                padding: [i64; 2] }

#[repr(C)]
struct Attr { size: u32, kind: i32, name: *const c_char, default_text: *const c_char, min: f64,
              max: f64, unit: *const c_char, choices: *const c_char, help: *const c_char }

#[repr(C)]
struct Block { size: u32, n_attrs: u32, name: *const c_char, doc: *const c_char,
               source: *const c_char, attrs: *const Attr, build: Build }

#[repr(C)]
pub struct Plugin { size: u32, abi_minor: u32, name: *const c_char, version: *const c_char,
                    doc: *const c_char, backend: *const c_void, blocks: *const *const Block,
                    n_blocks: u32, reserved: u32 }

// Tables are static data of the plugin and nobody writes them.
struct Table<T>(T);
unsafe impl<T> Sync for Table<T> {}

macro_rules! text { ($words:literal) => { concat!($words, "\0").as_ptr() as *const c_char } }

fn size_of<T>() -> u32 { std::mem::size_of::<T>() as u32 }

unsafe fn conv(g: *mut Graph, x: *mut c_void, name: *const c_char, channels: i64, kernel: i64)
               -> *mut c_void {
    let attrs = Conv2d { size: size_of::<Conv2d>(), has_bias: 1, channels, kernel: [kernel; 2],
                         stride: [1; 2], padding: [kernel / 2; 2] };
    let y = ((*g).op)(g, text!("conv2d"), name, &attrs as *const _ as *const c_void, &x, 1);
    ((*g).op)(g, text!("relu"), null(), null(), &y, 1)
}

unsafe fn compose(g: *mut Graph, attrs: *const c_void, x: *mut c_void) -> *mut c_void {
    let channels = ((*g).attr_int)(g, attrs, text!("channels"));
    let desc = ((*g).desc)(g, x);
    if desc.is_null() {
        return std::ptr::null_mut(); // an earlier call failed
    }
    if channels >= (*desc).shape[1] {
        return ((*g).fail)(g, RN_E_CONFIG, text!("channels = %lld does not shrink %lld"), channels,
                           (*desc).shape[1]);
    }
    let small = conv(g, x, text!("squeeze"), channels, 1);
    let large = conv(g, small, text!("expand"), (*desc).shape[1], 3);
    ((*g).op)(g, text!("add"), null(), null(), [x, large].as_ptr(), 2)
}

unsafe extern "C" fn build(g: *mut Graph, attrs: *const c_void, x: *mut c_void) -> *mut c_void {
    match catch_unwind(AssertUnwindSafe(|| unsafe { compose(g, attrs, x) })) {
        Ok(y) => y,
        Err(_) => ((*g).fail)(g, RN_E_PLUGIN, text!("the plugin panicked")),
    }
}

static ATTRS: Table<[Attr; 1]> = Table([Attr {
    size: std::mem::size_of::<Attr>() as u32, kind: RN_ATTR_INT, name: text!("channels"),
    default_text: null(), min: 1.0, max: 4096.0, unit: text!("channels"), choices: null(),
    help: text!("channels in between, fewer than before") }]);

static BLOCK: Table<Block> = Table(Block {
    size: std::mem::size_of::<Block>() as u32, n_attrs: 1, name: text!("squeeze"),
    doc: text!("Adds what few channels in between make of the input."),
    source: text!("after Iandola et al. 2016, arXiv:1602.07360, section 3.1; one branch, a sum"),
    attrs: &ATTRS.0 as *const Attr, build });

static BLOCKS: Table<[*const Block; 1]> = Table([&BLOCK.0]);

#[no_mangle]
pub unsafe extern "C" fn rn_plugin_v0_2(_host: *const c_void, plugin: *mut Plugin) -> i32 {
    std::panic::set_hook(Box::new(|_| {})); // of this plugin's copy of Rust: it prints nothing
    (*plugin).abi_minor = 6; // the first with all that is used here
    (*plugin).name = text!("squeeze");
    (*plugin).version = text!("1.0.0");
    (*plugin).doc = text!("A block that squeezes and expands channels.");
    (*plugin).blocks = BLOCKS.0.as_ptr();
    (*plugin).n_blocks = 1;
    0
}
