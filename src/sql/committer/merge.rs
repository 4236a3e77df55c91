//! When do young entries come to their tables by themselves?
//!
//! While nobody writes, before the database closes, and when somebody wants to see them there.

use super::serve::Course;
use crate::failure::Failure;
use crate::open::{Shared, newest};
use crate::young::AT_REST;

/// Brings some; an error means that no later commit can be trusted.
pub(super) async fn some(shared: &Shared, course: &mut Course) -> Result<(), Failure> {
    let Some(young) = &shared.young else { return Ok(()) };
    let last = match course.known.last() {
        Some(last) => last,
        None => newest(&shared.database).await?,
    };
    // What left no entry has to be told of, too: a recovery would look at all of it.
    if young.count() == 0 && course.round.is_after(last) {
        return Ok(());
    }
    let turn = shared.database.turn().await?;
    let chunk = if young.count() <= AT_REST { young.all(last) } else { young.next(&course.round, AT_REST) };
    let _moving = young.moving();
    match turn.commit(chunk.statements()).await {
        Ok(()) => young.settle(chunk, &mut course.round, last),
        Err(failure @ Failure::Device(_)) => return Err(failure),
        // They stay young, and the next commit tries again.
        Err(failure) => tracing::warn!(%failure, "young entries of the indexes could not be written"),
    }
    Ok(())
}

/// Brings all.
pub(super) async fn all(shared: &Shared, course: &mut Course) -> Result<(), Failure> {
    let mut left = usize::MAX;
    while let Some(young) = &shared.young
        && young.count() < left
    {
        left = young.count();
        some(shared, course).await?;
    }
    Ok(())
}
