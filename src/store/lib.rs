//! What must storage promise?
