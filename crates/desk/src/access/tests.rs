use rstest::rstest;
use strum::IntoEnumIterator as _;

use super::operation::{Terms, verdict};
use super::*;

#[rstest]
#[case(Role::Owner, false, false, true)]
#[case(Role::Admin, false, false, true)]
#[case(Role::Supervisor, true, true, true)]
#[case(Role::Supervisor, true, false, false)]
#[case(Role::Agent, true, true, true)]
#[case(Role::Agent, false, true, false)]
#[case(Role::Agent, true, false, false)]
#[case(Role::Agent, false, false, false)]
fn who_sees_a_project(
    #[case] role: Role,
    #[case] theirs: bool,
    #[case] in_scope: bool,
    #[case] expected: bool,
) {
    assert_eq!(sees(role, theirs, in_scope), expected);
}

#[rstest]
#[case(Role::Owner, true)]
#[case(Role::Admin, true)]
#[case(Role::Supervisor, false)]
#[case(Role::Agent, false)]
fn who_manages(#[case] role: Role, #[case] expected: bool) {
    assert_eq!(permits(role, Permission::ManageProjects), expected);
    assert_eq!(permits(role, Permission::ManageMembers), expected);
    assert!(permits(role, Permission::ServeSessions));
    assert_eq!(permits(role, Permission::AssignSessions), role != Role::Agent);
}

/// Every role, operation, setting, exception, plan and ownership: what holds for all of them.
#[test]
fn who_may_do_what() {
    for (role, operation, terms) in cases() {
        let may = |ownership| verdict(role, operation, terms, ownership).is_ok();
        let case = format!("{role:?} {operation:?} {terms:?}");
        assert!(
            may(Ownership::Own) || !may(Ownership::Other),
            "{case}: others' are never more open than one's own"
        );
        assert_eq!(may(Ownership::Any), may(Ownership::Own), "{case}");
        let decided = if terms.plan { terms.exception.or(terms.project) } else { None };
        let expected = role >= Role::Admin || decided.unwrap_or(operation.usual());
        assert_eq!(may(Ownership::Own), expected, "{case}");
    }
    assert_eq!(
        Operation::iter().filter(|it| !it.usual()).count(),
        2,
        "exporting and deleting have to be given"
    );
}

fn cases() -> Vec<(Role, Operation, Terms)> {
    let decisions = [None, Some(false), Some(true)];
    let mut cases = Vec::new();
    for role in [Role::Agent, Role::Supervisor, Role::Admin, Role::Owner] {
        for operation in Operation::iter() {
            for project in decisions {
                for exception in decisions {
                    let terms = |plan| Terms { plan, project, exception };
                    cases.extend([false, true].map(|plan| (role, operation, terms(plan))));
                }
            }
        }
    }
    cases
}
