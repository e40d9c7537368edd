//! `htcd`: see `htcd --help`.

/// Gives back what signing in and large answers took: glibc's allocator kept three times as much.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    htcd_api::cli::main()
}
