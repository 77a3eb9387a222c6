//! HTTP/2: the filter of frames in both pipelines of a connection, in virtual time.

mod faults;
mod frames;
mod given;
mod joining;
mod limits;
mod peers;
mod rig;
mod untouched;
mod windows;
