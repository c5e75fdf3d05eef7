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
