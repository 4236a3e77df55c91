//! What do the definitions tell the XML form?

use model::xml::{Node, Part, Shape};

use crate::definitions::Definitions;

impl Shape for Definitions {
    fn resource(&self, name: &str) -> Option<Node> {
        self.resource_node(name)
    }

    fn part(&self, node: Node, name: &str) -> Option<Part> {
        let child = self.node(node).child(name)?;
        Some(Part { form: child.form, repeats: child.repeats(), order: child.order })
    }

    fn element(&self) -> Node {
        self.element_node()
    }
}
