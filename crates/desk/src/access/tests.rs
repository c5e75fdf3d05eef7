use rstest::rstest;

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
}

/// Every role, operation, setting, exception, plan and ownership: what holds for all of them.
#[test]
fn who_may_do_what() {
    use strum::IntoEnumIterator as _;

    use super::operation::{Terms, verdict};

    let decisions = [None, Some(false), Some(true)];
    let roles = [Role::Agent, Role::Supervisor, Role::Admin, Role::Owner];
    for (role, operation, project, exception) in itertools(&roles, &decisions) {
        for plan in [false, true] {
            let terms = Terms { plan, project, exception };
            let may = |ownership| verdict(role, operation, terms, ownership).is_ok();
            let case = format!("{role:?} {operation:?} {terms:?}");
            assert!(
                may(Ownership::Any) || !may(Ownership::Own),
                "{case}: owning is never more than being allowed at all"
            );
            assert!(
                may(Ownership::Own) || !may(Ownership::Other),
                "{case}: others' sessions are never more open than one's own"
            );
            assert_eq!(may(Ownership::Any), may(Ownership::Own), "{case}");
            let expected = match (role >= Role::Admin, plan, exception, project) {
                (true, ..) => true,
                (false, false, ..) => operation.usual(),
                (false, true, Some(allowed), _) | (false, true, None, Some(allowed)) => allowed,
                (false, true, None, None) => operation.usual(),
            };
            assert_eq!(may(Ownership::Own), expected, "{case}");
        }
    }
    assert_eq!(
        Operation::iter().filter(|it| !it.usual()).count(),
        2,
        "exporting and deleting have to be given"
    );

    fn itertools(
        roles: &[Role],
        decisions: &[Option<bool>],
    ) -> Vec<(Role, Operation, Option<bool>, Option<bool>)> {
        let mut cases = Vec::new();
        for &role in roles {
            for operation in Operation::iter() {
                for &project in decisions {
                    cases.extend(decisions.iter().map(|&exception| (role, operation, project, exception)));
                }
            }
        }
        cases
    }
}
