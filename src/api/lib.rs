//! How is that said in HTTP?
