//! The Dockerfiles build images, and the images run as narrow as a cluster may have it: no root, no capability, no writable file
//! and little memory.

#![cfg(target_os = "linux")]

mod cache;
mod checkout;
mod container;
mod contract;
mod drain;
mod examples;
mod image;
mod limits;
mod store;
mod templates;
