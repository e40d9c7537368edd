//! `htcd`: see `htcd --help`.

fn main() -> std::process::ExitCode {
    htcd_api::cli::main()
}
