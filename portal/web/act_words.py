"""What each act of the audit log is called."""

from __future__ import annotations

from portal.audit import Act
from portal.core.words import Words

WORDS: dict[Act, Words] = {
    Act.SIGN_IN: Words("登录", "Signed in"),
    Act.SIGN_IN_FAILED: Words("登录失败", "Failed to sign in"),
    Act.SIGN_OUT: Words("退出", "Signed out"),
    Act.PASSWORD_SET: Words("设密码", "Set a password"),
    Act.USER_INVITE: Words("邀请用户", "Invited a user"),
    Act.USER_DISABLE: Words("停用账号", "Disabled an account"),
    Act.USER_ENABLE: Words("启用账号", "Enabled an account"),
    Act.APPOINT: Words("任命", "Appointed"),
    Act.DISMISS: Words("免去", "Dismissed"),
    Act.TENANT_PLANT: Words("建立单位库", "Started a tenant"),
    Act.UNIT_ADD: Words("增加组织", "Added a unit"),
    Act.UNIT_CHANGE: Words("修改组织", "Changed a unit"),
    Act.UNIT_MOVE: Words("移动组织", "Moved a unit"),
    Act.UNIT_MERGE: Words("合并组织", "Merged units"),
    Act.UNIT_DISSOLVE: Words("撤销组织", "Dissolved a unit"),
    Act.UNIT_IMPORT: Words("导入组织", "Imported units"),
    Act.PLUGIN_SWITCH: Words("切换插件", "Switched a plugin"),
    Act.MEMBER_ADD: Words("增加党员", "Added a member"),
    Act.MEMBER_CHANGE: Words("修改党员", "Changed a member"),
    Act.MEMBER_LEAVE: Words("减少党员", "Took a member off the roll"),
    Act.ROSTER_IMPORT: Words("导入名册", "Imported a roster"),
    Act.ROSTER_UNDO: Words("撤回导入", "Undid an import"),
    Act.ROSTER_EXPORT: Words("导出名册", "Exported a roster"),
    Act.ROSTER_EXPORT_PLAIN: Words("导出未脱敏名册", "Exported an unmasked roster"),
    Act.CAMPAIGN_OPEN: Words("开始批次", "Opened a campaign"),
    Act.CAMPAIGN_CLOSE: Words("结束批次", "Closed a campaign"),
    Act.DEADLINE_SET: Words("设定截止日", "Set a deadline"),
    Act.RECORD_SCREEN: Words("排查", "Screened"),
    Act.RECORD_FINDING: Words("认定", "Made a finding"),
    Act.RECORD_EXPLAIN: Words("说明", "Explained"),
    Act.CONTACT_ADD: Words("记联系", "Logged a contact"),
    Act.OUTCOME_SET: Words("记查找结果", "Set the outcome of a search"),
    Act.CASE_ASSIGN: Words("定查找责任人和时限", "Assign a search"),
    Act.CASE_INQUIRE: Words("记调查核实", "Write down an inquiry"),
    Act.CASE_DECIDE: Words("确认身份", "Settle an identity"),
    Act.CATALOGUE_FREEZE: Words("固定表样", "Froze the catalogue"),
    Act.REPORT_EXPLAIN: Words("说明校验", "Explained a check"),
    Act.REPORT_OVERRIDE: Words("改动推算数", "Overrode a computed figure"),
    Act.REPORT_FILE: Words("上报", "Filed"),
    Act.REPORT_RECALL: Words("撤回上报", "Recalled"),
    Act.REPORT_TAKE_UP: Words("受理", "Took up"),
    Act.REPORT_ACCEPT: Words("通过", "Accepted"),
    Act.REPORT_RETURN: Words("退回", "Returned"),
    Act.REPORT_CHASE: Words("催报", "Chased"),
    Act.REPORT_CIRCULAR: Words("发通报", "Circular issued"),
    Act.REPORT_EXPORT: Words("导出报表", "Exported a table"),
    Act.FACTS_EXPORT: Words("导出事实", "Exported facts"),
    Act.JOB_START: Words("开始后台任务", "Started a job"),
    Act.JOB_CANCEL: Words("取消后台任务", "Cancelled a job"),
}


def said(act: str) -> Words:
    """Return what `act` is called; an act of an older version by its code."""
    known = {each.value: words for each, words in WORDS.items()}
    return known.get(act, Words(act, act))
